# ctest reads this when it starts: the suites of `program` become tests, see workbook_discover_tests.
if(NOT EXISTS ${program})
  add_test(${prefix}.is_not_built ${program})
  set_tests_properties(${prefix}.is_not_built PROPERTIES LABELS ${label})
  return()
endif()
execute_process(COMMAND ${program} --gtest_list_tests OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\n[^ \n]+\\." suites "\n${listed}")  # a suite begins its line and ends with a dot
foreach(suite IN LISTS suites)
  string(STRIP ${suite} suite)
  string(REGEX REPLACE "\\.$" "" suite ${suite})
  add_test(${prefix}.${suite} ${program} --gtest_filter=${suite}.* --gtest_brief=1)
  set_tests_properties(${prefix}.${suite} PROPERTIES TIMEOUT 300 LABELS ${label})
endforeach()
