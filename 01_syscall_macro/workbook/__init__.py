"""The tools of the workbook: what `./workbook` runs.

Only Debian 12's Python 3.11 and its standard library are needed. From the ground up:

  repository   where things stand: stages, programs, sources; the error that ends a command
  regions      the numbered and named regions of a file: find, blank, replace
  building     cmake, ninja and ctest, as the commands need them
  gtests       test programs, one test at a time: passed, failed, crashed or hung
  variants     the reference with some bodies exchanged, built in workshops side by side

and on these the commands:

  run, test, listing        `run`, `test`, `list`
  holes, mistakes           the proofs: every exercise has a test, every known mistake is caught
  yours                     the reader's folder; `start`
  grading, whole, check     `check`: an exercise alone, a stage whole, and how it is told
  help_with                 `hint`, `solution`, `reset`
  book, links, docs         `docs`: quotes, links, hints
  commands_check            runs the commands that the book shows
  __main__                  which word starts which command

The tests of all this are in tests/.
"""
