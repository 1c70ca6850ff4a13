"""`python -m tltools`: the library for scripts and tests. The commands stand in
`tltools.cli`."""

import sys

from tltools.cli import main

if __name__ == "__main__":
    sys.exit(main())
