// breaks: an epoll instance ends with the process that made it
// caught by: 02.Raw.an_epoll_instance_is_closed_in_a_child,
//     02.Inheritance.a_child_finds_none_of_our_descriptors
// seen in: servers from before 2.6.27, when the flag did not exist, and copies of them
// symptom: after a deployment the port is still taken: a child that was started long ago holds
//     descriptors that it knows nothing of
return sys::call<::epoll_create1>(0);
