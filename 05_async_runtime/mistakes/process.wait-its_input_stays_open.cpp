// breaks: a child that reads its input to the end sees that end when its owner waits for it
// caught by: 05.Child.wait_closes_its_input
// seen in: the reference itself, though 02 had it right
// symptom: a program that pipes into `sort` waits for ever
(void)standard_input;
