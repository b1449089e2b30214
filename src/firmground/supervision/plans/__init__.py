"""Battle plans 作战方案 of listed places, version by version: which problems, how solved, by when, by whom.

Flows in: what the registers say on the day a version is drafted; items typed or from a list; screenings.
Flows out: cases of the procedure `battle_plan`; what is late.
Never: an approved version edited, a version approved by who made it, progress typed where a screening counts it.

Read in this order: `models`, `actions`, `lists`, `queries`.
"""
