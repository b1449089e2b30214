"""Samples 抽样: which households are drawn to be visited or asked, by a draw anybody can repeat; what came of each.

Flows in: the household register at a moment, a seed, what visitors found at each door.
Flows out: lists of households, rates with the weights of the draw.
Never: a draw that leaves no trace, or one told to those it is about before its day; an answer for a household that was
not drawn.

Read in this order: `models`, `actions`, `queries`. The mathematics is in `engines.sampling.draws`.
"""
