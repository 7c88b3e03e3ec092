"""The command line: arguments in, one library call, text and exit code out."""

from __future__ import annotations

from typing import NoReturn

from nianbao.cli.app import run


def main() -> NoReturn:
    """The entry point of the program."""
    run()
