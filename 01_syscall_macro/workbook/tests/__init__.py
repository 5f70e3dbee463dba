"""Tests of the tools. Run them from the top of the workbook with

    PYTHONPATH=01_syscall_macro python3 -m unittest discover -s 01_syscall_macro/workbook/tests -t 01_syscall_macro

They build no C++: trees of a few small files stand in for the stages.
"""
