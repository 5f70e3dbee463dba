# Lays overlays over the steps of a build: files that stand in for a step's own of the same name. With
# them a reader's solutions are judged, blank bodies, mistakes and mutants. The command hands this file
# to CMake; the steps' CMakeLists.txt know nothing of it:
#
#   cmake -S 02_epoll_module -B build/x -D CMAKE_PROJECT_TOP_LEVEL_INCLUDES=.../overlay.cmake \
#     -D WORKBOOK_OVERLAY_02_epoll_module=<folder>
#
# <folder> holds include/ and src/. If there is an `overlay.list` in it, every file named there must
# exist: a solution that has gone missing is an error, it never silently becomes the reference.
get_filename_component(WORKBOOK_ROOT ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

# Sets `result` in the caller to the library of the step in `folder`: the first target that it makes.
function(workbook_library_of folder result)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  list(FILTER targets INCLUDE REGEX "^epoll_workbook_")
  list(GET targets 0 library)
  set(${result} ${library} PARENT_SCOPE)
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
  file(GLOB_RECURSE held RELATIVE ${overlay} ${overlay}/include/* ${overlay}/src/*)
  foreach(file IN LISTS held)
    if(NOT EXISTS ${WORKBOOK_ROOT}/${stage}/${file})
      message(FATAL_ERROR "${overlay}/${file} stands in for nothing: ${stage} has no ${file}.")
    endif()
  endforeach()
endfunction()

function(workbook_lay_overlay stage overlay)
  workbook_check_overlay(${stage} ${overlay})
  set(folder ${WORKBOOK_ROOT}/${stage})
  workbook_library_of(${folder} library)
  get_target_property(sources ${library} SOURCES)
  set(chosen "")
  foreach(source IN LISTS sources)
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${folder} OUTPUT_VARIABLE name)
    if(EXISTS ${overlay}/${name})
      set(source ${overlay}/${name})
    endif()
    list(APPEND chosen ${source})
  endforeach()
  set_target_properties(${library} PROPERTIES SOURCES "${chosen}")
  target_include_directories(${library} BEFORE PUBLIC $<BUILD_INTERFACE:${overlay}/include>)
  # A half-written body may leave a parameter unused, and that is no reason to refuse it.
  target_compile_options(${library} PUBLIC
    -Wno-error -Wno-unused-parameter -Wno-unused-variable -Wno-unused-function)
endfunction()

# Called when all steps of this build have been read.
function(workbook_lay_overlays)
  file(GLOB stages RELATIVE ${WORKBOOK_ROOT} ${WORKBOOK_ROOT}/0[1-9]_*)
  foreach(stage IN LISTS stages)
    if(WORKBOOK_OVERLAY_${stage})
      get_filename_component(overlay ${WORKBOOK_OVERLAY_${stage}} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
      workbook_lay_overlay(${stage} ${overlay})
    endif()
  endforeach()
endfunction()
cmake_language(DEFER CALL workbook_lay_overlays)
