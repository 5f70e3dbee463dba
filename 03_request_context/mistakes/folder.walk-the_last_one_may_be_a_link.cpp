// breaks: where openat2 is missing, no link is followed
// caught by: 03.FolderTest.serves_nothing_from_outside_and_no_hidden_name
// seen in: fallbacks for old kernels, which are seldom tested
// symptom: in a container, and only there, a link shows what is outside the folder
for (std::size_t i = 0; i < names.size(); ++i) {
  const bool is_last = i + 1 == names.size();
  auto next = look_at(folder.get(), names[i].c_str(), is_last ? 0 : O_NOFOLLOW | O_DIRECTORY);
  if (!next) return next;
  folder = std::move(*next);
}
return folder;
