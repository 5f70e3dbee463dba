// breaks: the server answers only to names that no owner of a domain can point at it
// caught by: 03.AllowedHosts.do_not_answer_to_a_name_that_its_owner_may_point_at_us
// seen in: development servers whose allow-list is compared with find() or ends_with()
// symptom: a page of localhost.evil.example reads the files of the user that opens it
const std::string_view host = host_of(authority);
if (host.contains("localhost") || host.starts_with("127.") || !host.contains('.')) return true;
const auto is_end = [host](std::string_view name) { return ends_with_ignoring_case(host, name); };
return authority.starts_with('[') || is_address(host) || std::ranges::any_of(names_, is_end);
