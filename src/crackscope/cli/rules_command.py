"""``crackscope rules``: the tables of severity that there are."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from crackscope.cli import exit_status
from crackscope.cli.table import text_table
from crackscope.measurement.rule_file import read_rule, shipped_rules
from crackscope.measurement.severity import Rule, RuleCase

HELP = """List the rules by which crackscope inspect --rule says how severe cracks are.

Rules are guides: they hold for what their scope names, and a figure from a photo is no substitute for an
engineer's judgement.

\b
Examples:
  crackscope rules
  crackscope rules my-rule.yaml                                        check a file of your own
  crackscope inspect bridge/ --scale 0.21 --rule aci-224r-01:humidity
"""


@click.command("rules", help=HELP)
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def command(files: tuple[str, ...], as_json: bool) -> int:
    """Print the shipped rules and those of `files`."""
    rules = [read_rule(path, given=name) for name, path in shipped_rules().items()]
    rules += [read_rule(Path(name)) for name in files]
    if as_json:
        click.echo(json.dumps({"rules": [asdict(rule) for rule in rules]}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(_shown(rule) for rule in rules))
    return exit_status.ALL_DONE


def _shown(rule: Rule) -> str:
    rows: list[list[str | int]] = [
        [f"{rule.name}:{case.name}", case.title, _classes(case)] for case in rule.cases.values()
    ]
    figure = rule.figure.replace("_", " ").replace("p95", "95th percentile of the").replace("max", "maximum")
    return "\n".join(
        [
            rule.title,
            f"source: {rule.source}",
            f"scope: {rule.scope}",
            f"judges: {figure}",
            text_table(["--rule", "case", "classes"], rows),
        ]
    )


def _classes(case: RuleCase) -> str:
    return ", ".join(
        each.name if each.up_to_mm is None else f"{each.name} up to {each.up_to_mm:g} mm"
        for each in case.classes
    )
