# Lays overlays over the steps of a build: files that stand in for a step's own of the same name. With
# them a reader's solutions are judged, blank bodies, mistakes and mutants. Each file of tests becomes a
# program of its own, too. The command hands this file to CMake; the steps' CMakeLists.txt know nothing of
# it:
#
# Headers in WORKBOOK_JUDGED/<step>/include stand in for those of the same name in these programs only.
#
#   cmake -S 02_epoll_module -B build/x -D CMAKE_PROJECT_TOP_LEVEL_INCLUDES=.../overlay.cmake \
#     -D WORKBOOK_OVERLAY_02_epoll_module=<folder>
#
# <folder> holds include/, src/ and examples/support/. If there is an `overlay.list` in it, every file
# named there must exist: a solution that has gone missing is an error, it never silently becomes the reference.
get_filename_component(WORKBOOK_ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

# Sets `result` in the caller to what an overlay stands in for in the step in `folder`: its library, and
# what its example programs share.
function(workbook_libraries_of folder result)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  list(FILTER targets INCLUDE REGEX "^epoll_workbook_|^[0-9]+_support$")
  set(${result} ${targets} PARENT_SCOPE)
endfunction()

function(workbook_check_overlay stage overlay)
  if(NOT IS_DIRECTORY ${overlay})
    message(FATAL_ERROR "WORKBOOK_OVERLAY_${stage}: there is no folder ${overlay}")
  endif()
  if(EXISTS ${overlay}/overlay.list)
    file(STRINGS ${overlay}/overlay.list wanted)
    foreach(file IN LISTS wanted)
      if(NOT EXISTS ${overlay}/${file})
        message(FATAL_ERROR "${overlay}/${file} is missing. It is one of the files that "
          "overlay.list says this folder holds; put it back before it can be graded.")
      endif()
    endforeach()
  endif()
  file(GLOB_RECURSE held RELATIVE ${overlay} ${overlay}/include/* ${overlay}/src/*
    ${overlay}/examples/*)
  foreach(file IN LISTS held)
    if(NOT EXISTS ${WORKBOOK_ROOT}/${stage}/${file})
      message(FATAL_ERROR "${overlay}/${file} stands in for nothing: ${stage} has no ${file}.")
    endif()
  endforeach()
endfunction()

function(workbook_lay_overlay stage overlay)
  workbook_check_overlay(${stage} ${overlay})
  set(folder ${WORKBOOK_ROOT}/${stage})
  workbook_libraries_of(${folder} libraries)
  foreach(library IN LISTS libraries)
    workbook_lay_overlay_of_library(${folder} ${overlay} ${library})
  endforeach()
endfunction()

function(workbook_lay_overlay_of_library folder overlay library)
  get_target_property(sources ${library} SOURCES)
  set(chosen "")
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder} NORMALIZE)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${folder} OUTPUT_VARIABLE name)
    if(EXISTS ${overlay}/${name})
      set(source ${overlay}/${name})
      # What a reader writes may name its helpers as another file does.
      file(STRINGS ${source} exercises REGEX "#region [0-9]+\\.")
      if((exercises OR EXISTS ${overlay}/from_headers) AND (folder STREQUAL CMAKE_SOURCE_DIR OR overlay MATCHES "/yours$"))
        set_source_files_properties(${source} TARGET_DIRECTORY ${library}
          PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
    endif()
    list(APPEND chosen ${source})
  endforeach()
  set_target_properties(${library} PROPERTIES SOURCES "${chosen}")
  target_include_directories(${library} BEFORE PUBLIC
    $<BUILD_INTERFACE:${overlay}/include> $<BUILD_INTERFACE:${overlay}/examples>)
  # A half-written body may leave a parameter unused, and that is no reason to refuse it.
  target_compile_options(${library} PUBLIC
    -Wno-error -Wno-unused-parameter -Wno-unused-variable -Wno-unused-function)
endfunction()

# Links what all tests of the step link; what the example programs share only where a test, or a header of
# the tests, includes some of it: it takes longer to compile than most tests.
function(workbook_link_judge judge files folder libraries)
  file(GLOB sharing ${folder}/tests/*.hpp)
  foreach(candidate IN LISTS files sharing)
    file(STRINGS ${candidate} includes REGEX "^#include \"support/")
    if(includes)
      target_link_libraries(${judge} PRIVATE ${libraries})
      return()
    endif()
  endforeach()
  list(FILTER libraries EXCLUDE REGEX "^[0-9]+_support$")
  workbook_libraries_of(${folder} step)
  list(FILTER step INCLUDE REGEX "^epoll_workbook_")
  target_link_libraries(${judge} PRIVATE ${libraries} ${step})
endfunction()

# Makes a test program of each file of tests: tests/poll_test.cpp becomes 02_poll_test. What judges one
# exercise is built and linked in a few seconds, where all tests of the step take a minute.
function(workbook_add_judges stage)
  string(SUBSTRING ${stage} 0 2 prefix)
  if(NOT TARGET ${prefix}_tests)
    return()
  endif()
  foreach(property IN ITEMS SOURCES SOURCE_DIR LINK_LIBRARIES INCLUDE_DIRECTORIES COMPILE_DEFINITIONS
      MANUALLY_ADDED_DEPENDENCIES RUNTIME_OUTPUT_DIRECTORY)
    get_target_property(${property} ${prefix}_tests ${property})
    if(NOT ${property})
      set(${property} "")
    endif()
  endforeach()
  set(judges "")
  set(helpers "")  # what is no test itself
  foreach(file IN LISTS SOURCES)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${SOURCE_DIR} NORMALIZE)
    if(file MATCHES "_test\\.cpp$")
      list(APPEND judges ${file})
    else()
      list(APPEND helpers ${file})
    endif()
  endforeach()
  if(helpers)
    # No archive: a linker takes of an archive what is missing, and it has an operator new already.
    add_library(${prefix}_helpers OBJECT EXCLUDE_FROM_ALL ${helpers})
    target_include_directories(${prefix}_helpers PRIVATE ${INCLUDE_DIRECTORIES})
    workbook_link_judge(${prefix}_helpers "${helpers}" ${SOURCE_DIR} "${LINK_LIBRARIES}")
    target_precompile_headers(${prefix}_helpers REUSE_FROM workbook_pch)
  endif()
  # The tests that a reader writes: yours/tests/2_8_test.cpp is 02_mine_2_8_test.
  file(GLOB mine CONFIGURE_DEPENDS ${WORKBOOK_ROOT}/${stage}/yours/tests/*_test.cpp)
  foreach(file IN LISTS judges mine)
    cmake_path(GET file STEM name)
    set(judge ${prefix}_${name})
    if(file IN_LIST mine)
      set(judge ${prefix}_mine_${name})
    endif()
    add_executable(${judge} EXCLUDE_FROM_ALL ${file})
    set_target_properties(${judge} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${RUNTIME_OUTPUT_DIRECTORY})
    target_precompile_headers(${judge} REUSE_FROM workbook_pch)
    if(WORKBOOK_JUDGED)
      target_include_directories(${judge} BEFORE PRIVATE ${WORKBOOK_JUDGED}/${stage}/include)
    endif()
    target_include_directories(${judge} PRIVATE ${INCLUDE_DIRECTORIES})
    target_compile_definitions(${judge} PRIVATE ${COMPILE_DEFINITIONS})
    get_source_file_property(options ${file} DIRECTORY ${SOURCE_DIR} COMPILE_OPTIONS)
    if(options)
      target_compile_options(${judge} PRIVATE ${options})
    endif()
    if(helpers)
      # As a file behind the judge's own: of two copies of an inline function the linker takes the first, and
      # that must be the one of the header that is judged. The dependency makes it.
      add_dependencies(${judge} ${prefix}_helpers)
      target_link_libraries(${judge} PRIVATE $<TARGET_OBJECTS:${prefix}_helpers>)
    endif()
    workbook_link_judge(${judge} ${file} ${SOURCE_DIR} "${LINK_LIBRARIES}")
    file(STRINGS ${file} runs REGEX PROGRAM_FOLDER|running_program.hpp)
    if(runs AND MANUALLY_ADDED_DEPENDENCIES)
      add_dependencies(${judge} ${MANUALLY_ADDED_DEPENDENCIES})
    endif()
  endforeach()
endfunction()

# Called when all steps of this build have been read.
function(workbook_lay_overlays)
  file(GLOB stages RELATIVE ${WORKBOOK_ROOT} ${WORKBOOK_ROOT}/0[1-9]_*)
  foreach(stage IN LISTS stages)
    workbook_add_judges(${stage})
    if(WORKBOOK_OVERLAY_${stage})
      get_filename_component(overlay ${WORKBOOK_OVERLAY_${stage}} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
      workbook_lay_overlay(${stage} ${overlay})
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL workbook_lay_overlays)
