"""Assistance 帮扶: what a household is promised against its risks, what it is given, and whether it helped.

Flows in: the risks and the labour of a household (registry), the rules of assistance.toml, officers' decisions.
Flows out: rows of the register `assistance`, plans, the card a household keeps, what cases ask.
Never: a measure given without its day and its giver, and no effect judged by whoever gave it.

Read in this order: `declared` (what answers what), `models`, `plans` (what is missing, and why), `actions`.
"""
