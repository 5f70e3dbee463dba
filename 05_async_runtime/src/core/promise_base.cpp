#include "async/core/promise_base.hpp"

#include "async/core/context.hpp"

namespace async {

void DestroyFrame::operator()(PromiseBase* promise) const noexcept {
  promise->coroutine().destroy();
}

PromiseBase::~PromiseBase() {
  if (context_ != nullptr && context_->innermost() == this) context_->parked_in()->leave();
}

void PromiseBase::begin_in(TaskContext& context, PromiseBase* caller) noexcept {
  context_ = &context;
  caller_ = caller;
  context.set_continuation(*this);
}

void PromiseBase::return_to_caller() noexcept {
  if (caller_ == nullptr) {
    context_->finished_ = true;
  } else {
    context_->set_continuation(*caller_);
  }
}

void PromiseBase::destroy_chain() noexcept {
  // #region promise_base.destroy_chain
  PromiseBase* at = this;
  while (PromiseBase* const caller = at->caller_) {
    at->owner_->reset();  // destroys `at`, too
    at = caller;
  }
  // #endregion promise_base.destroy_chain
}

}  // namespace async
