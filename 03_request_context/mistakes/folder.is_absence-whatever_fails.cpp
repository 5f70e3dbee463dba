// breaks: an error of the server is distinguished from a missing file
// caught by: 03.FolderTest.an_error_of_our_own_is_not_taken_for_absence, 05.SiteFiles.of_a_folder_that_was_built_again_are_the_new_ones
// seen in: the first version here
// symptom: where the kernel has no openat2, every file is 404, and nothing says why
return static_cast<bool>(error);
