"""Data sets: the store, the split, and one module per source of pictures.

`store` owns the folder and its record; `edits` what people change by hand, with undo; `splits` which picture trains,
validates and tests; `importing` what all sources share and `labels` the CSV files of labels; `files_source`, `archive`,
`folder` and `synthesize` each bring pictures in. `scenes`, `creatures` and `digits` draw for `synthesize`, on `canvas`.
"""
