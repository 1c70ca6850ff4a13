"""Data sets: the store, the split, and one module per source of pictures.

`store` owns the folder and its record; `splits` which picture trains, validates and tests; `importing` what all
sources share; `files_source`, `archive`, `folder` and `synthesize` each bring pictures in.
"""
