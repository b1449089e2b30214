"""Standards: what must hold for a subject, told in a language a jurist can read.

Flows in: a catalogue (facts, parameters, standards) and a snapshot of the registers.
Flows out: findings, each with the values that decided it.
Never: a database, a viewer, a side effect on the registers.

Read in this order: `tree` (what an expression is), `language` (from text to tree), `declared` and `catalogue`
(from files to checked declarations), `reference` (what it all means, one subject at a time: the judge), `sql` and
`duckdb_engine` (the same, fast), `screening` (a whole snapshot), `explain` (in words).
"""
