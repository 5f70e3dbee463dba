# What a call costs without an observer: one conditional jump, counted in the machine code.
#
#   cmake -DCOMPILER=g++ -DINCLUDES=<folders> -DFOLDER=<scratch> -P branch_cost.cmake
#
# Two functions make the same call, one through sys::call, one without the look at the observer.
# They are compiled as a release build does it, whatever the build around them is, and the jumps in
# each are counted. What is done for an observer stands in a function of its own (run_observed).
cmake_minimum_required(VERSION 3.25)

file(WRITE ${FOLDER}/branch_cost_probe.cpp [[
#include "syscall/call.hpp"
namespace {
int errno_of(int value) noexcept { return value == -1 ? errno : 0; }
}  // namespace
sys::Result<int> watched() { return sys::call<::getppid>(); }
sys::Result<int> bare() { return sys::detail::run_unobserved<::getppid>(errno_of); }
]])
list(TRANSFORM INCLUDES PREPEND -I)
execute_process(
  COMMAND ${COMPILER} -std=c++23 -O2 -fno-sanitize=all -S ${INCLUDES}
          -o ${FOLDER}/branch_cost_probe.s ${FOLDER}/branch_cost_probe.cpp
  COMMAND_ERROR_IS_FATAL ANY)
file(STRINGS ${FOLDER}/branch_cost_probe.s lines)

cmake_host_system_information(RESULT machine QUERY OS_PLATFORM)
if(machine STREQUAL "aarch64")
  set(jump "^[ \t]+(b\\.[a-z]+|cbn?z|tbn?z)[ \t]")
else()
  set(jump "^[ \t]+j([a-ln-z][a-z]*|mp[a-z]+)[ \t]")  # x86: every j but jmp
endif()
set(within "")
set(jumps_watched 0)
set(jumps_bare 0)
foreach(line IN LISTS lines)
  if(line MATCHES "^_Z[0-9](watched|bare)v:")
    set(within ${CMAKE_MATCH_1})
  elseif(line MATCHES "^[ \t]+\\.size[ \t]+_Z[0-9](watched|bare)v[, ]")
    set(within "")
  elseif(within AND line MATCHES "${jump}")
    math(EXPR jumps_${within} "${jumps_${within}} + 1")
  endif()
endforeach()

message("conditional jumps: ${jumps_bare} without a look at the observer, ${jumps_watched} with it")
math(EXPR expected "${jumps_bare} + 1")
if(jumps_bare EQUAL 0 OR NOT jumps_watched EQUAL expected)
  message(FATAL_ERROR "a call without an observer should cost one conditional jump more, not "
    "${jumps_watched} instead of ${jumps_bare}: see ${FOLDER}/branch_cost_probe.s")
endif()
