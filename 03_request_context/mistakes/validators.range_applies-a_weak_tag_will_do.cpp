// breaks: a download is continued only where the file is the same to the byte
// caught by: 03.Preconditions.a_range_is_of_the_version_that_it_names
// seen in: servers that compare all tags in the same way
// symptom: the second half of one version after the first half of another
if (!condition) return true;
if (condition->ends_with('"'))
  return without_weakness(*condition) == without_weakness(validators.etag);
return parse_http_date(*condition) == validators.modified;
