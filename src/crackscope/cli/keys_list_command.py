"""``crackscope keys list``: the keys there are."""

from __future__ import annotations

import json
from datetime import datetime

import click

from crackscope.cli import exit_status
from crackscope.cli.keys_document import key_document
from crackscope.cli.store_options import opened_store, store_options
from crackscope.cli.table import text_table

HELP = """List the keys, revoked ones too; what opens the service is not among it, for nobody keeps it.

\b
Examples:
  crackscope keys list
  crackscope keys list --json
"""


@click.command("list", help=HELP)
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def command(store: str, blobs: str | None, as_json: bool) -> int:
    """Print all keys, the oldest first."""
    with opened_store(store, blobs) as opened:
        from crackscope.serving.keys import list_keys

        keys = list_keys(opened)
    if as_json:
        click.echo(json.dumps({"keys": [key_document(key) for key in keys]}, ensure_ascii=False, indent=2))
    elif keys:
        header = ["id", "name", "made", "last used", "per minute", "revoked"]
        rows = [
            [
                key.id,
                key.name,
                _shown(key.created_at),
                _shown(key.last_used_at),
                key.rate_per_minute,
                _shown(key.revoked_at),
            ]
            for key in keys
        ]
        click.echo(text_table(header, rows))
    else:
        click.echo("There are no keys; make one with crackscope keys add NAME.")
    return exit_status.ALL_DONE


def _shown(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
