"""Procedures: who does what, by when, what must be shown, and what each outcome leads to.

Flows in: the procedures and the calendar of a catalogue, and the moves that officers made.
Flows out: what may happen next and by whom, when it is due, what is missing; a refusal for every move not declared.
Never: a database, a clock of its own (the day is always given), a move that nobody made.

Read in this order: `declared` (what a procedure is, from its file), `calendar` (days that count), `run` (a procedure
going on: the rules of moving), `proof` (what makes a declared procedure impossible), `drawn` (its diagram and its
table of forbidden moves).
"""
