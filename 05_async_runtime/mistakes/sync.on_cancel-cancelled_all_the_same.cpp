// breaks: a shielded operation does not end when its task is asked to stop
// caught by: 05.Shielded.a_cancelled_task_can_still_send_its_last_message
// seen in: cleanup code after an await, in every runtime that cancels
// symptom: at shutdown the peer reports "connection reset" instead of "goodbye"
return Op::on_cancel();
