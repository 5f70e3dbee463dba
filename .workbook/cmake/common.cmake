# What all steps share when they are built for themselves: warnings, sanitizers, the compiler cache,
# GoogleTest. It holds for the project that includes it and for all folders below. In another
# project, which brings a step in as a library, it does nothing: that project has its own.
#
# Options, given with -D:
#   BUILD_TESTING=OFF                    no tests, and no need of GoogleTest
#   WORKBOOK_SANITIZE=address,undefined  instruments everything with these sanitizers
#   WORKBOOK_FUZZ=ON                     builds the fuzzers, with clang++: the preset `fuzz` has it on
#   WORKBOOK_WARNINGS_AS_ERRORS=ON       a warning ends the build. Off by default: a newer compiler has
#       new warnings, and they are no reason to refuse to build. The presets and the checks have it on.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "This needs g++ 12 or newer, or clang++ 19; ${CMAKE_CXX_COMPILER} is g++ "
    "${CMAKE_CXX_COMPILER_VERSION}. Another one is named by -D CMAKE_CXX_COMPILER=...")
endif()
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

option(BUILD_TESTING "Build the tests" ON)
set(WORKBOOK_SANITIZE "" CACHE STRING "Sanitizers, such as address,undefined or thread")
option(WORKBOOK_WARNINGS_AS_ERRORS "A warning ends the build" OFF)
option(WORKBOOK_FUZZ "Build the fuzzers, for clang's libFuzzer" OFF)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()
# Programs land in bin/ under their own names, whichever step they belong to.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# A compiler cache makes the second build short. It is used if it is there, and never needed.
find_program(WORKBOOK_CCACHE ccache)
if(WORKBOOK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${WORKBOOK_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(WORKBOOK_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()
# g++ 12 finds faults in its own std::string when it optimises it away [GCC bugs 105329, 105651].
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-dangling-pointer)
endif()
# g++ writes the precompiled header's preprocessed text for the cache only when told to.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
endif()

# Several files in one compilation: headers are read, and templates instantiated, once for all of them.
# It halves the time of the whole build. -D CMAKE_UNITY_BUILD=OFF compiles each file for itself.
if(NOT DEFINED CMAKE_UNITY_BUILD)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)
endif()
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wno-subobject-linkage)  # an unnamed namespace of a file that is included here
endif()

if(WORKBOOK_SANITIZE)
  add_compile_options(
    -fsanitize=${WORKBOOK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WORKBOOK_SANITIZE})
  # Many processes are started. Without addresses to relocate, and with the sanitizers' own memory in one
  # place, each of them touches fewer pages.
  add_compile_options(-fno-pie)
  add_link_options(-no-pie)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND WORKBOOK_SANITIZE MATCHES address)
    add_link_options(-static-libasan -static-libubsan)
  endif()
  # The sanitizers do not know where a vector that has room to spare ends; its own checks do.
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  # The check of vptrs opens a pipe to see whether memory can be read. In a test that leaves no free
  # descriptor it takes each exception and error category for a broken object, and ends the process
  # before the test can say what failed.
  add_compile_options(-fno-sanitize=vptr)
  # To look at each pointer before it is used takes a quarter of the time of a compilation, and nearly all
  # of the records about checks, each of which g++ makes known to the sanitizer for addresses when a process
  # starts. That one finds a bad pointer when it is used. With clang++, a library looks before that.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND WORKBOOK_SANITIZE MATCHES address
     AND WORKBOOK_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=null,alignment,pointer-overflow)
  endif()
endif()

# With a fuzzer every part of the program tells which of its branches were taken. The target `fuzzers`
# builds all of them.
if(WORKBOOK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "WORKBOOK_FUZZ needs clang++, whose libFuzzer it uses.")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_custom_target(fuzzers)
  function(workbook_fuzzer program)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${program})
  endfunction()
endif()

if(BUILD_TESTING)
  enable_testing()
  find_package(GTest)
  if(NOT GTest_FOUND)
    message(FATAL_ERROR "The tests need GoogleTest (apt-get install libgtest-dev libgmock-dev); "
      "-D BUILD_TESTING=OFF builds without them.")
  endif()
  include(GoogleTest)

  # What each test program links. What is optimised is the library. A test runs once: optimising it
  # takes longer than it will ever run, and about half the time of the whole build.
  add_library(workbook_testing INTERFACE)
  target_link_libraries(workbook_testing INTERFACE GTest::gtest_main GTest::gmock)
  target_compile_options(workbook_testing INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-O1>)
  if(WORKBOOK_SANITIZE MATCHES undefined)  # what is looked at is the library
    target_compile_options(workbook_testing INTERFACE -fno-sanitize=null,alignment,pointer-overflow)
  endif()

  # GoogleTest, compiled once for all tests, and how the steps' types are printed.
  file(GLOB printers CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/../../*/tests/printers.hpp)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/workbook_pch.cpp CONTENT "// carries the precompiled gtest\n")
  add_library(workbook_pch OBJECT ${CMAKE_BINARY_DIR}/workbook_pch.cpp)
  target_link_libraries(workbook_pch PRIVATE workbook_testing)
  target_precompile_headers(workbook_pch PRIVATE <gtest/gtest.h> <gmock/gmock.h> ${printers})

  # Registers the tests of a program with ctest, under the name "<prefix>.Suite.sentence": each runs in a
  # process of its own. With sanitizers a process takes a tenth of a second to start, so one runs all tests
  # of a suite, under the name "<prefix>.Suite".
  function(workbook_discover_tests program prefix)
    cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME label)
    if(NOT WORKBOOK_SANITIZE)
      gtest_discover_tests(${program} TEST_PREFIX ${prefix}. DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
        PROPERTIES TIMEOUT 60 LABELS ${label})
      return()
    endif()
    file(GENERATE OUTPUT ${program}_suites.cmake CONTENT "set(program $<TARGET_FILE:${program}>)
set(prefix ${prefix})
set(label ${label})
include(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/suites.cmake)
")
    set_property(DIRECTORY APPEND PROPERTY
      TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/${program}_suites.cmake)
  endfunction()
endif()
