"""Who is under listed supervision 挂牌督战, and who would enter and leave the list by what a screening found.

The listings themselves are kept with the places. Which standards list a place, and on which ground, says
`lists.toml` of the catalogue.
"""
