"""Notices 公告公示: what hangs on the boards of villages, townships and counties, and what people say to it.

Flows in: rows of a case (columns that a kind of notice allows, nothing else), and objections from anybody.
Flows out: public pages and print, the days a notice has hung, objections that a case has to wait for.
Never: an identity number, a telephone of a person, a bank account or health on a board; a notice that is changed or
disappears; the contact of an objector before the eyes of the village.

Read in this order: `kinds` (what may be posted, from the catalogue), `models`, `actions`, `queries`.
"""
