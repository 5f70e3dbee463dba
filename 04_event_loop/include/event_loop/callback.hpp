// A function that runs later, once: posted from another thread, or set for a time.
#pragma once

#include <functional>

namespace event_loop {

using Callback = std::move_only_function<void()>;

}  // namespace event_loop
