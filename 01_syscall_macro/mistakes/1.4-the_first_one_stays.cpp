// breaks: the inner observer is asked, and not the outer one
// caught by: 01.Observer.the_inner_one_alone_is_asked_and_the_outer_one_comes_back
// seen in: registries that take the first and silently drop the second
// symptom: a test's counter says 0 when another one is watching around it
    if (detail::observer == nullptr) detail::observer = &observer;
