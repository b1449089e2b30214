"""Weekly supervision briefs 督战周报: what a territory's week was, in numbers that anyone can work out again.

A brief is made once and never changes. It keeps every number as text with its digest, and names the screening and the
snapshot that they come from; `queries.differences` works them out anew from the rows of that day.
"""
