"""World: synthetic registers of any size, on the real villages of the 52 listed counties.

For: trying everything out, measuring speed, scoring detection. Nobody in it exists.
In: places.csv and facts.toml of a catalogue, a seed. Out: snapshots, or the files that counties would send, and the
truth beside them (who really is at risk, which errors were planted).
Never: real rows, Django, a database; never the truth inside a register.

How it is made: `history.draw` makes the whole history of 24 months of a block of a county from (seed, county, block);
`registers` reads it as it was known at a moment. Same seed, same bytes, however many processes write.
"""
