"""Officers 干部: who may act, where, as what.

Flows in: officers, the offices they hold, and who granted or delegated them.
Flows out: for every action the office it is done in, for every read the territory it may see.
Never: a right that comes from a page; PostgreSQL itself refuses rows of other territories and writes of nobody.
"""
