"""The Runs page: the list, one run, several compared, disk use."""
