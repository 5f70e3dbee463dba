"""The tools of the workbook: what `./workbook` runs.

Only Debian 12's Python 3.11 and its standard library are needed. From the ground up:

  repository   where things stand: stages, programs, sources; the error that ends a command
  regions      the numbered and named regions of a file: find, blank, replace
  processes    starts every process, and ends all of them with Ctrl-C
  locks        one command at a time uses a build folder
  building     cmake, ninja and ctest, as the commands need them
  gtests       test programs, one test at a time: passed, failed, crashed or hung
  hangs        where a process hangs
  progress     what is shown while a build runs, and how long one of its kind took
  sandbox    a reader's bodies, built into the reference one at a time
  mutant_builds     all blank bodies and all mistakes in one build; a test chooses one when it starts

and on these the commands:

  run, test, listing        `run`, `test`, `list`
  holes, mistakes           blank bodies and wrong ones, and which tests judge them
  proofs                    `holes`, `mistakes`: every exercise has a test, every mistake is caught
  yours                     the reader's folder; `start`
  grading, stage_build, check   `check`: an exercise alone, a stage whole, and how it is told
  compiler_errors           the first error of a compiler, in the reader's own file
  milestones, milestones_check  programs that run while later exercises are blank, and the proof of it
  judged_headers            a body in a header is in the object files of its tests
  own_tests                 the tests that the reader writes, and the mistakes that they are to catch
  suspects                  which exercise it is when only the whole fails
  help_with                 `hint`, `solution`, `reset`
  book, header_table, page_numbers, links, docs  `docs`: quotes, tables, links, hints
  capstone                  `capstone`: lays the reader's own server, and judges it in twelve stages
  capstone_rig, capstone_stages, capstone_proof   its clients, the stages, and that each of them can fail
  cpp_text                  C++ as tokens, functions and declarations
  mutations, mutants        `mutants`: small changes to the libraries that no test notices
  traps                     `traps`: what its own judges pass must not fail the step
  coroutine_rules           a coroutine that g++ 12 compiles wrongly
  layers                    includes point downwards
  commands_check            runs the commands that the book shows
  lab                       `lab`: programs with a fault that their reader finds
  bench, bench_peers, bench_plots    `bench`: our servers beside others, and its figures
  __main__                  which word starts which command

The tests of all this are in tests/.
"""
