"""Measurements of the project: `python -m tltools.benchmark CASE`, one module for each
named case.

Owns what is timed and compared; targets live here and never in a timed test.
"""
