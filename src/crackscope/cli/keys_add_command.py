"""``crackscope keys add``: a new key."""

from __future__ import annotations

import json

import click

from crackscope.cli import exit_status
from crackscope.cli.keys_document import key_document
from crackscope.cli.store_options import opened_store, store_options

HELP = """Make a key and print it. The store keeps only its hash: what is printed cannot be had again.

\b
Examples:
  crackscope keys add phone
  crackscope keys add ci --rate 60
"""


@click.command("add", help=HELP)
@click.argument("name")
@click.option("--rate", type=click.IntRange(min=1), metavar="N", help="Requests per minute.  [default: any]")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the key alone.")
def command(name: str, rate: int | None, store: str, blobs: str | None, as_json: bool) -> int:
    """Make a key; it goes to stdout alone, so that scripts can take it."""
    with opened_store(store, blobs, make=True) as opened:
        from crackscope.serving.keys import create_key

        key, secret = create_key(opened, name, rate_per_minute=rate)
        opened.note(None, "add key", key.id, name)
    if as_json:
        click.echo(json.dumps({**key_document(key), "key": secret}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"Key {key.id} for {name!r}; keep what follows, it is shown this once:", err=True)
        click.echo(secret)
    return exit_status.ALL_DONE
