"""The Classify page: a run, pictures, answers."""
