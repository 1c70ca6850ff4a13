"""Where pictures come from: a folder of this machine, an archive, uploads.

`folder`, `archive` and `uploads` each open their kind and say what is refused;
`opening` is the one way in to all of them; `tasks` looks at a source and brings it in,
by a reading of `layouts`.
"""
