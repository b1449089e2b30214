"""Cases 个案: a procedure running on a household, from the day it opens to its outcome, and again if it returns.

Flows in: findings that were released, applications, visits; what officers do.
Flows out: moves, each by an officer in an office; what follows from an outcome: facts in the registers, other cases.
Never: a move that the procedure does not declare, a move rewritten, a clock of its own (the procedure counts).

Read in this order: `models`, `procedures` (the declared ones, and the texts that cases run under), `needs` (what must
be shown, and who knows whether it was), `actions`.
"""
