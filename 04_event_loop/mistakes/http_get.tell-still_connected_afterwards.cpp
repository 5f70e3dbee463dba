// breaks: a complete answer is reported once
// caught by: 04.HttpGetTest.two_at_once_are_each_reported_once_without_spinning
// seen in: the client of the originals: "first_complete = false" is inside the loop, and 99,599
//     times a second it said "First connection completed"
// symptom: an output of 410 megabytes, and 100 % of a processor
loop_.timers().cancel(*this);
done_(std::move(outcome));
