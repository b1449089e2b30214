"""Places 地区: the tree of provinces, prefectures, counties, townships and villages, as it changes over time.

Flows in: the statistical division codes (`catalogue/<programme>/places.csv`), the listing, and changes with their act.
Flows out: names, paths, children, and what a code of an earlier year has become.
Never: numbers about a place (those are findings), and nobody's name.
"""
