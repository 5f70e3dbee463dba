"""The tools of the workbook: what `./workbook` runs.

Only Debian 12's Python 3.11 and its standard library are needed. From the ground up:

  repository   where things stand: stages, programs, sources; the error that ends a command
  regions      the numbered and named regions of a file: find, blank, replace
  building     cmake, ninja and ctest, as the commands need them
  run, test, listing                 the commands `run`, `test` and `list`
  __main__     which word starts which command
"""
