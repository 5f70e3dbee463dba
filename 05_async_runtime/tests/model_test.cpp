// The runtime against a model (runtime_model.hpp): a long random program.
#include "runtime_model.hpp"

#include <gtest/gtest.h>

#include "syscall/open_descriptors.hpp"

namespace {

TEST(RuntimeModel, a_random_program_does_what_the_model_says) {
  const sys::DescriptorWatch descriptors;
  {
    Choices choices(seed_or(5));
    SCOPED_TRACE(choices.origin());
    async::testing::RuntimeModel model(choices);
    int steps = 0;
    while (steps < 200'000 && model.wrong().empty()) {
      model.step();
      ++steps;
    }
    model.start_again();
    EXPECT_EQ(model.wrong(), "") << "after " << steps << " steps";
    std::printf("%d steps, %zu operations of tasks\n", steps, model.operations());
  }
  EXPECT_EQ(descriptors.change(), 0);
}

}  // namespace
