"""Tests of the tools. Run them from the top of the workbook with

    PYTHONPATH=.workbook python3 -m unittest discover -s .workbook/workbook/tests -t .workbook

They build no C++: trees of a few small files stand in for the stages.
"""
