"""Registry 台账: households 户, their members 人口, and what counties and departments say of them over time.

Flows in: files that counties and departments send (`firmground load`, the upload page); each load is kept on record.
Flows out: the household file, lists and counts by place, and snapshots, the only thing the engines see.
Never: a judgement. Doubtful data is taken as it stands and found by standards; only what cannot be read is refused.
Never: a row overwritten. A correction supersedes, and both stay.
"""
