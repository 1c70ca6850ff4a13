"""Answers of a finished run's model to new pictures. Nothing is imported here, so that
naming the room costs nothing.

`classifier` keeps models open in a serve worker. Leaves decoding to `images`.
"""
