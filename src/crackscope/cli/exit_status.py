"""What the exit status of a command says to the shell."""

from typing import Final

ALL_DONE: Final = 0
"""Everything asked for was done."""

SOME_FAILED: Final = 1
"""Done, but some inputs failed; each was named with its reason."""

NOTHING_DONE: Final = 2
"""Wrong usage, or nothing could be done."""

DEFECT: Final = 70
"""An error that is ours, not the user's (``EX_SOFTWARE`` of BSD's ``sysexits.h``)."""

INTERRUPTED: Final = 130
"""Stopped with Ctrl-C: 128 + SIGINT, as shells count."""

BROKEN_PIPE: Final = 141
"""The reader of our output went away, as ``head`` does: 128 + SIGPIPE, as shells count."""
