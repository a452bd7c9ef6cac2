"""``crackscope keys``: who may use the service."""

from __future__ import annotations

from crackscope.cli.lazy_group import CommandEntry, LazyGroup

COMMANDS = {
    "add": CommandEntry("crackscope.cli.keys_add_command", "Make a key, and print it this once."),
    "list": CommandEntry("crackscope.cli.keys_list_command", "List keys: names, ids, when they were used."),
    "revoke": CommandEntry("crackscope.cli.keys_revoke_command", "Let a key open nothing any more."),
}

HELP = """Decide who may use the service: every key sees what was inspected with it, and nothing else.

\b
  crackscope keys add phone             prints the key, which cannot be had again
  crackscope keys add ci --rate 60      at most 60 requests per minute
  crackscope keys list                  names, ids, when they were used
  crackscope keys revoke 5f0c1be2a7d94e38
"""

command = LazyGroup(entries=COMMANDS, name="keys", help=HELP)
