"""Measurements of the project: `python -m tltools.benchmark CASE [--quick] [--json]`.

Owns what is timed and compared: one module for each case, which bears its name and has
`measure`. Targets live here and never in a timed test; a missed one is said, and the
exit code is 1. Real work in temporary homes. The machine may be busy with other things,
so where two ways are compared both run in one call and the ratio is what counts.
"""
