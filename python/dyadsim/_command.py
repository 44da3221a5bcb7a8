"""The command ``dyad``."""

import sys

from ._dyadsim import program


def main() -> int:
    """Runs the program with the arguments of this process."""
    return program(sys.argv)
