"""Findings 线索: screenings judged before they speak, and what each opened, changed and closed.

Flows in: folders written by `firmground screen`.
Flows out: who falls short of what, since when, on which evidence; counts for every place from village to nation.
Never: judging a standard (the engines do), and never a held standard's findings before somebody released it.
"""
