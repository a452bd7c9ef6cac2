"""``crackscope keys revoke``: the end of a key."""

from __future__ import annotations

import json

import click

from crackscope.cli import exit_status
from crackscope.cli.keys_document import key_document
from crackscope.cli.store_options import opened_store, store_options

HELP = """Let a key open nothing any more, from now on. What was inspected with it stays in the store.

\b
Examples:
  crackscope keys revoke 5f0c1be2a7d94e38
"""


@click.command("revoke", help=HELP)
@click.argument("key_id", metavar="ID")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a sentence.")
def command(key_id: str, store: str, blobs: str | None, as_json: bool) -> int:
    """Revoke a key; one that is revoked stays so."""
    with opened_store(store, blobs) as opened:
        from crackscope.serving.keys import revoke_key

        key = revoke_key(opened, key_id)
        opened.note(None, "revoke key", key.id, key.name)
    if as_json:
        click.echo(json.dumps(key_document(key), ensure_ascii=False, indent=2))
    else:
        click.echo(f"Key {key.id} ({key.name}) opens nothing any more.")
    return exit_status.ALL_DONE
