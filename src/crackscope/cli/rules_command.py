"""``crackscope rules``: the tables of severity that there are."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from crackscope.cli import exit_status
from crackscope.cli.table import text_table
from crackscope.measurement.rule_file import read_rule, shipped_rules
from crackscope.measurement.severity import Rule

HELP = """List the rules by which crackscope inspect --rule says how severe cracks are.

Rules are guides: they hold for what their scope names, and a figure from a photo is no substitute for an
engineer's judgement.

\b
Examples:
  crackscope rules
  crackscope rules aci-224r-01
  crackscope rules my-rule.yaml                                        check a file of your own
  crackscope inspect bridge/ --scale 0.21 --rule aci-224r-01:humidity
"""


@click.command("rules", help=HELP)
@click.argument("asked", metavar="[RULE|FILE]…", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def command(asked: tuple[str, ...], as_json: bool) -> int:
    """Print the rules asked for, or all that come with crackscope."""
    shipped = shipped_rules()
    rules = [read_rule(shipped.get(name, Path(name)), given=name) for name in asked or shipped]
    if as_json:
        click.echo(json.dumps({"rules": [asdict(rule) for rule in rules]}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(_shown(rule) for rule in rules))
    return exit_status.ALL_DONE


def _shown(rule: Rule) -> str:
    rows: list[list[str | int]] = [
        [f"{rule.name}:{case.name}", case.title, case.classes_words] for case in rule.cases.values()
    ]
    return "\n".join(
        [
            rule.title,
            f"source: {rule.source}",
            f"scope: {rule.scope}",
            f"judges: {rule.figure_words}",
            text_table(["--rule", "case", "classes"], rows),
        ]
    )
