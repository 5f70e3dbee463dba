// breaks: an operation that is over leaves its place to the next one, even if it has a name
// caught by: 05.TaskGroup.a_join_that_has_a_name_gives_its_place_back_when_it_is_over
// seen in: the reference itself, where a place was given back by the destructor alone
// symptom: the second wait of a function is refused: "another task already waits here"
(void)is_linked();
