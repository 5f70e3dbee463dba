// breaks: a tag says more than a date
// caught by: 03.Preconditions.a_tag_says_more_than_a_date
// seen in: servers that look at If-Modified-Since first
// symptom: a file that was put back to an older version is "not modified" for clients that have the newer
const auto since = date_in(request, "If-Modified-Since");
if (since && validators.modified <= *since) return Precondition::not_modified;
if (request.fields.count("If-Match") != 0 && !lists(request, "If-Match", validators, true))
  return Precondition::failed;
const auto limit = date_in(request, "If-Unmodified-Since");
if (limit && validators.modified > *limit) return Precondition::failed;
return lists(request, "If-None-Match", validators, false) ? Precondition::not_modified
                                                          : Precondition::holds;
