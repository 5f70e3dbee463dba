// breaks: the end comes after the last message
// caught by: 02.Channel.the_end_comes_after_the_last_message_when_the_last_sender_is_gone
// seen in: consumers that ask "is it closed?" before "is there something?"
// symptom: the last jobs before a shutdown are lost
const std::scoped_lock lock(state_->mutex);
std::optional<T> message;
const bool ended = state_->senders == 0;
if (ended) return message;
if (!state_->queue.empty()) {
  message.emplace(std::move(state_->queue.front()));
  state_->queue.pop_front();
}
if (state_->queue.empty()) state_->take_wake();
if (!message) return sys::failure(std::errc::operation_would_block);
return message;
