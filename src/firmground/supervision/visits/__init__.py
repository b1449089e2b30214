"""Supervision visits 督战: which team went where, announced or not, what it found and what help it brought.

Flows in: teams of member units and their rosters, visits planned and made, help that came with them.
Flows out: issues in the ledger; for each team and place, which findings no help followed.
Never: an unannounced visit in sight of whoever is visited, before it began; a finding counted without its help.
"""
