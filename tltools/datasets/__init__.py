"""Data sets: the store, the split, and what brings pictures in.

`records` is what a data set is to a reader, `store` its folder, `edits` what people
change by hand, with undo; `splits` which picture trains, validates and tests; `names`
what a name may hold. `sources` open what people bring: through `archives`, understood
by `reading`, decoded and stored together by `importing`. `drawn` draws pictures. Leaves
decoding to `images`.
"""
