"""Exits 退出 of villages and counties: what they are judged by, the samples behind it, and where each of them stands.

Flows in: listings, the registers of places and surveys, cases of the procedures county_exit and village_exit.
Flows out: what decides an exit with its arithmetic and its interval; what was known on the day of a decision.
Never: a decision of its own. Standards judge, procedures decide, registers remember.
"""
