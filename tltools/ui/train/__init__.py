"""The Train page: settings, start, and the live run."""
