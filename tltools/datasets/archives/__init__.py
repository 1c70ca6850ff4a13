"""Archives that people bring: what they list is checked, then entries are read with a
counter running.

`door` owns what an archive may claim and contain; `zips` and `tars` read the formats,
`packed` is what both answer with, `codepages` finds the letters of names. Leaves what
the entries mean to `reading`.
"""

from tltools.datasets.archives.door import EXTENSIONS, Archive, Entry, Refused, open_checked

__all__ = ["EXTENSIONS", "Archive", "Entry", "Refused", "open_checked"]
