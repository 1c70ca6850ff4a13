"""The Home page: the demonstration."""
