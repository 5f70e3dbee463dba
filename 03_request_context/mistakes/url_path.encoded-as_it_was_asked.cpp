// breaks: what is written is the same path when it is read again
// caught by: 03.UrlPath.that_is_encoded_means_the_same_again_and_names_no_other_host
// seen in: redirects that repeat what the client has sent
// symptom: a redirect of ours leads to another host, in a mail that looks as if it came from us
std::string all;
for (const std::string& segment : segments) all.append("/").append(segment);
if (all.empty() || is_folder) all += '/';
return all;
