"""``crackscope store check``: whether all that the service keeps is there."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from crackscope.cli import exit_status
from crackscope.cli.store_options import opened_store, store_options

HELP = """Read every photo and document of a store, and compare them with its rows.

With --repair, what belongs to nothing is deleted, and so are inspections whose document is lost or damaged;
an inspection whose photo is lost stays without it. The service may run meanwhile. Exit status 1 where
something is wrong and was not mended.

\b
Examples:
  crackscope store check
  crackscope store check --repair
  crackscope store check --store postgresql://crackscope@db/crackscope --blobs s3://photos/crackscope
"""


@click.command("check", help=HELP)
@click.option("--repair", is_flag=True, help="Mend what can be mended.")
@store_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of sentences.")
def command(repair: bool, store: str, blobs: str | None, as_json: bool) -> int:
    """Check a store, and print what is wrong."""
    with opened_store(store, blobs) as opened:
        report = opened.check(repair=repair)
        if repair and not report.is_clean:
            opened.note(None, "repair store", None, f"{len(report.findings)} findings")
    if as_json:
        click.echo(json.dumps({**asdict(report), "is_clean": report.is_clean}, ensure_ascii=False, indent=2))
    else:
        for finding in report.findings:
            click.echo(finding.text)
        click.echo(_summary(report.inspections, report.blobs, len(report.findings)))
    return exit_status.ALL_DONE if report.is_mended else exit_status.SOME_FAILED


def _summary(inspections: int, blobs: int, findings: int) -> str:
    looked_at = f"{inspections} inspection{'s' * (inspections != 1)}, {blobs} file{'s' * (blobs != 1)}"
    wrong = "nothing is wrong" if not findings else f"{findings} finding{'s' * (findings != 1)}"
    return f"{looked_at}: {wrong}."
