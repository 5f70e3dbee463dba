// breaks: a client that is cut off in the middle gets an error
// caught by: 03.Session.the_end_inside_a_request_is_400_and_never_200,
//   03.RequestContext.the_end_inside_a_body_is_400
// seen in: servers that take every end for a clean one
// symptom: a client that has shut down its sending side too early gets no answer and no reason
no_more_requests();
