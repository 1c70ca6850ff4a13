"""How a collection of pictures is read: which folder, file name or row is a class,
which a part, and what belongs together.

`layouts` makes the readings, of `folders` (with `levels` and `sides`), `file_names` and
`tables`; `words` is the vocabulary. `labels` reads and writes files of labels, with
`label_files` (the formats) and `label_columns` (which column is what). Pure over lists
of paths and the bytes of small files; leaves opening them to `sources`.
"""
