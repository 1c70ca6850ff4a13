"""Data sets: the store, the split, and one module per source of pictures.

`store` owns the folder and its record; `edits` what people change by hand, with undo;
`splits` which picture trains, validates and tests; `importing` what all sources share,
`layouts` how the paths of a collection are read (with `layout_folders`, `layout_names`,
`layout_tables` and their helpers), `labels` the files of labels, `archives` what a ZIP
or TAR may be (read by `zips` and `tars`, its letters found by `codepages`) and `names`
what a name may hold.
`sources` bring pictures in, `drawn` draws them. Leaves decoding to `images`.
"""
