"""Who is under listed supervision 挂牌督战, and the list drawn again from a screening: who would enter, who would leave.

The listings themselves are kept with the places. Which standards list a place, and on which ground, says
`lists.toml` of the catalogue.
"""
