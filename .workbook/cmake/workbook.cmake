# What all five stages share: language, warnings, sanitizers, tests, and the overlay of a reader.
#
#   include(../.workbook/cmake/workbook.cmake)
#   workbook_require(syscall 01_syscall_macro)   an earlier stage, as the target workbook::syscall
#   workbook_library(epoll syscall)              include/ and src/*.cpp, standing on workbook::syscall
#   workbook_programs()                          each examples/*.cpp becomes a program of that name
#   workbook_tests()                             each tests/*_test.cpp becomes a test program
#
# Options, given with -D:
#   WORKBOOK_SANITIZE=address,undefined          instruments everything with these sanitizers
#   WORKBOOK_WARNINGS_AS_ERRORS=ON               a warning ends the build. Off by default: a newer
#       compiler has new warnings, and they are no reason to refuse to build. The
#       presets and the checks have it on.
#   WORKBOOK_OVERLAY=<folder>                    for the stage that is configured: files in
#       <folder>/include and <folder>/src stand in for the stage's own files of the same name.
#       If the folder holds an `overlay.list`, every file named there must exist in it: a solution
#       that has gone missing is an error, it never silently becomes the reference.
#   WORKBOOK_OVERLAY_<stage folder>=<folder>     the same for an earlier stage that is brought in

# These are read when a target is made, in whichever folder: so they stand before the guard.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# A compiler cache makes the second build short. It is used if it is there, and never needed.
find_program(WORKBOOK_CCACHE ccache)
if(WORKBOOK_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${WORKBOOK_CCACHE})
endif()

include_guard(GLOBAL)

set(WORKBOOK_SANITIZE "" CACHE STRING "Sanitizers, such as address,undefined or thread")
option(WORKBOOK_WARNINGS_AS_ERRORS "A warning ends the build" OFF)
set(WORKBOOK_OVERLAY "" CACHE PATH "Files that stand in for the configured stage's own")
get_filename_component(WORKBOOK_ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()
if(NOT CMAKE_RUNTIME_OUTPUT_DIRECTORY)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  message(FATAL_ERROR "This needs g++ 12 or newer, or clang++ 19; ${CMAKE_CXX_COMPILER} is g++ "
    "${CMAKE_CXX_COMPILER_VERSION}. Another one is named by -D CMAKE_CXX_COMPILER=...")
endif()
find_package(Threads REQUIRED)

# One target carries the conventions; every library, program and test links it.
add_library(workbook_conventions INTERFACE)
target_compile_features(workbook_conventions INTERFACE cxx_std_23)
target_compile_options(workbook_conventions INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(WORKBOOK_WARNINGS_AS_ERRORS)
  target_compile_options(workbook_conventions INTERFACE -Werror)
endif()
# g++ 12 finds faults in its own std::string when it optimises it away [GCC bugs 105329, 105651].
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(workbook_conventions INTERFACE
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-dangling-pointer)
endif()
# g++ writes the precompiled header's preprocessed text for the cache only when told to.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(workbook_conventions INTERFACE -fpch-preprocess)
endif()
if(WORKBOOK_SANITIZE)
  target_compile_options(workbook_conventions INTERFACE
    -fsanitize=${WORKBOOK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(workbook_conventions INTERFACE -fsanitize=${WORKBOOK_SANITIZE})
  # The sanitizers do not know where a vector that has room to spare ends; its own checks do.
  target_compile_definitions(workbook_conventions INTERFACE _GLIBCXX_ASSERTIONS)
  # The check of vptrs opens a pipe to see whether memory can be read. In a test that leaves nobody a
  # descriptor it takes each exception and error category for a broken object, and ends the process
  # before the test can say what failed.
  target_compile_options(workbook_conventions INTERFACE -fno-sanitize=vptr)
endif()
target_link_libraries(workbook_conventions INTERFACE Threads::Threads)

# For overlays, linked after the conventions, whose -Werror it takes back if there is one: a
# half-written body may leave a parameter unused, and that is no reason to refuse it.
add_library(workbook_lenience INTERFACE)
target_compile_options(workbook_lenience INTERFACE
  -Wno-error -Wno-unused-parameter -Wno-unused-variable -Wno-unused-function)

# An earlier stage, brought in as a library only: its programs and tests stay at home.
function(workbook_require name folder)
  if(NOT TARGET workbook::${name})
    set(WORKBOOK_LIBRARY_ONLY ON)
    add_subdirectory(${WORKBOOK_ROOT}/${folder} ${CMAKE_BINARY_DIR}/${folder})
  endif()
endfunction()

# Sets `overlay` in the caller to the overlay of the stage in the current folder, or to nothing.
function(workbook_find_overlay)
  get_filename_component(stage ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(found "${WORKBOOK_OVERLAY_${stage}}")
  if(NOT found AND WORKBOOK_OVERLAY AND CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
    set(found "${WORKBOOK_OVERLAY}")
  endif()
  if(found)
    get_filename_component(found "${found}" ABSOLUTE BASE_DIR "${CMAKE_SOURCE_DIR}")
    if(NOT IS_DIRECTORY "${found}")
      message(FATAL_ERROR "WORKBOOK_OVERLAY: there is no folder ${found}")
    endif()
    if(EXISTS "${found}/overlay.list")
      file(STRINGS "${found}/overlay.list" wanted)
      foreach(file IN LISTS wanted)
        if(NOT EXISTS "${found}/${file}")
          message(FATAL_ERROR "${found}/${file} is missing. It is one of the files that "
            "overlay.list says this folder holds; put it back before it can be graded.")
        endif()
      endforeach()
    endif()
    file(GLOB_RECURSE held RELATIVE "${found}" "${found}/include/*" "${found}/src/*")
    foreach(file IN LISTS held)
      if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
        message(FATAL_ERROR "${found}/${file} stands in for nothing: ${stage} has no ${file}.")
      endif()
    endforeach()
  endif()
  set(overlay "${found}" PARENT_SCOPE)
endfunction()

# workbook_library(name [earlier stages...]): include/ and src/*.cpp of the current folder.
function(workbook_library name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} src/*.cpp)
  workbook_find_overlay()
  set(chosen "")
  foreach(source IN LISTS sources)
    if(overlay AND EXISTS "${overlay}/${source}")
      list(APPEND chosen "${overlay}/${source}")
    else()
      list(APPEND chosen ${source})
    endif()
  endforeach()
  add_library(workbook_${name} STATIC ${chosen})
  add_library(workbook::${name} ALIAS workbook_${name})
  if(overlay)
    target_include_directories(workbook_${name} BEFORE PUBLIC "${overlay}/include")
  endif()
  target_include_directories(workbook_${name} PUBLIC include)
  target_include_directories(workbook_${name} PRIVATE src)
  list(TRANSFORM ARGN PREPEND workbook:: OUTPUT_VARIABLE earlier)
  target_link_libraries(workbook_${name} PUBLIC ${earlier} workbook_conventions)
  if(overlay)
    target_link_libraries(workbook_${name} PUBLIC workbook_lenience)
  endif()
  set(WORKBOOK_LIBRARY workbook_${name} PARENT_SCOPE)
endfunction()

function(workbook_programs)
  if(WORKBOOK_LIBRARY_ONLY)
    return()
  endif()
  file(GLOB programs CONFIGURE_DEPENDS examples/*.cpp benchmarks/*.cpp)
  foreach(file IN LISTS programs)
    get_filename_component(program ${file} NAME_WE)
    add_executable(${program} ${file})
    target_link_libraries(${program} PRIVATE ${WORKBOOK_LIBRARY})
  endforeach()
endfunction()

# Each test runs in a process of its own, with a time limit, under the name "02.Suite.sentence".
# Other *.cpp and *.hpp files in tests/ are helpers that every test of the stage links.
function(workbook_tests)
  if(WORKBOOK_LIBRARY_ONLY)
    return()
  endif()
  find_package(GTest REQUIRED)
  include(GoogleTest)
  enable_testing()
  get_filename_component(stage ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  string(SUBSTRING ${stage} 0 2 number)
  # What is optimised is the library. A test runs once: optimising it takes longer than it will ever
  # run, and about half the time of the whole build.
  set(lightly $<$<CONFIG:Release,RelWithDebInfo>:-O1>)
  if(NOT TARGET workbook_pch)
    file(WRITE ${CMAKE_BINARY_DIR}/workbook_pch.cpp "// carries the precompiled gtest\n")
    add_library(workbook_pch OBJECT ${CMAKE_BINARY_DIR}/workbook_pch.cpp)
    target_link_libraries(workbook_pch PUBLIC workbook_conventions GTest::gtest GTest::gmock)
    target_compile_options(workbook_pch PRIVATE ${lightly})
    # With it comes how the stages' types are printed, in their tests/printers.hpp.
    file(GLOB printers CONFIGURE_DEPENDS ${WORKBOOK_ROOT}/*/tests/printers.hpp)
    target_precompile_headers(workbook_pch PRIVATE <gtest/gtest.h> <gmock/gmock.h> ${printers})
  endif()
  file(GLOB tests CONFIGURE_DEPENDS tests/*_test.cpp)
  file(GLOB helpers CONFIGURE_DEPENDS tests/*.cpp)
  list(FILTER helpers EXCLUDE REGEX "_test\\.cpp$")
  if(helpers)
    add_library(${WORKBOOK_LIBRARY}_testing STATIC ${helpers})
    target_precompile_headers(${WORKBOOK_LIBRARY}_testing REUSE_FROM workbook_pch)
    target_link_libraries(${WORKBOOK_LIBRARY}_testing PUBLIC ${WORKBOOK_LIBRARY} GTest::gtest)
    target_include_directories(${WORKBOOK_LIBRARY}_testing PUBLIC tests)
    target_compile_options(${WORKBOOK_LIBRARY}_testing PRIVATE ${lightly})
  endif()
  foreach(file IN LISTS tests)
    get_filename_component(test ${file} NAME_WE)
    set(target ${number}_${test})
    add_executable(${target} ${file})
    target_precompile_headers(${target} REUSE_FROM workbook_pch)
    target_compile_options(${target} PRIVATE ${lightly})
    target_include_directories(${target} PRIVATE tests)
    target_link_libraries(${target} PRIVATE ${WORKBOOK_LIBRARY} GTest::gtest_main GTest::gmock)
    if(helpers)
      target_link_libraries(${target} PRIVATE ${WORKBOOK_LIBRARY}_testing)
    endif()
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    gtest_discover_tests(${target}
      TEST_PREFIX "${number}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
      PROPERTIES TIMEOUT 60 LABELS ${stage})
  endforeach()
endfunction()
