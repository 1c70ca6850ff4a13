"""`python -m tltools.engine`: the engine as a program of its own. People use `python -m
tltools engine start|stop`."""

from tltools.engine.program import main

if __name__ == "__main__":  # a worker is spawned and imports this module again
    main()
