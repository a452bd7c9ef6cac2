"""``crackscope store``: what the service keeps."""

from __future__ import annotations

from crackscope.cli.lazy_group import CommandEntry, LazyGroup

COMMANDS = {
    "check": CommandEntry(
        "crackscope.cli.store_check_command", "Find what is lost or left over, and mend it."
    ),
}

HELP = """Look after what the service keeps: a database, and photos and documents beside it.

\b
  crackscope store check            read all of it, say what is wrong
  crackscope store check --repair   and mend what can be mended
"""

command = LazyGroup(entries=COMMANDS, name="store", help=HELP)
