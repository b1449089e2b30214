"""Issues 问题 and orders 督办: found by somebody, put right by somebody else, verified by a third.

Flows in: what inspections, assessments, screenings, visits, data checks and the public find; what supervisors order.
Flows out: cases of the procedures `issue` and `order`; how many issues stood open, overdue, solved, on any day.
Never: a second way of keeping a state beside the case, an issue without a day, one waived by who has to solve it.

Read in this order: `models`, `states` (how either stands, told from its case), `actions`, `queries`.
"""
