"""``crackscope data repair``: a new dataset with the faults mended or set aside."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.data_audit_command import run_audit
from crackscope.cli.data_options import facts_cache_option, layout_option
from crackscope.cli.progress import ProgressBar
from crackscope.cli.table import Cell, text_table
from crackscope.datasets.finding import KINDS

if TYPE_CHECKING:
    from crackscope.datasets.repair import RepairResult

HELP = """Write the dataset in DIR anew into another folder, mended; DIR itself is only read.

The new dataset has images/ beside masks/ for each set, masks of one grey channel of 0 and 255, lying as their
pictures do. Crack-free pictures make sets named noncrack_…. What cannot be mended is put into quarantine/
with its reason; of duplicates one stays. repair.jsonl says, a line for each file, what changed and why.

Repair acts on what the audit is certain of and puts masks right that lie turned; on other suspicions only
where they were accepted in the audit's gallery (--choices).

\b
Examples:
  crackscope data repair sets/Concrete --out sets/Concrete-mended
  crackscope data repair sets/walls --out sets/mended --choices choices.json
  crackscope data repair sets/walls --out sets/mended --closing 1 --least-area 20

Exit status: 0 all is in the new dataset; 1 some files were set aside or left out; 2 wrong usage, or nothing
was written.
"""


@click.command("repair", help=HELP)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="NEW",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder of the new dataset; an earlier repair there is replaced.",
)
@click.option(
    "--choices",
    "choices_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What was accepted and rejected in the audit's gallery.",
)
@click.option(
    "--threshold",
    default=128,
    show_default=True,
    type=click.IntRange(1, 255),
    help="Of masks with values between black and white: crack from this value on.",
)
@click.option(
    "--opening",
    metavar="PX",
    default=0,
    show_default=True,
    type=click.IntRange(0, 50),
    help="Of noisy masks: remove what is thinner than twice this.",
)
@click.option(
    "--closing",
    metavar="PX",
    default=0,
    show_default=True,
    type=click.IntRange(0, 50),
    help="Of noisy masks: close gaps narrower than twice this.",
)
@click.option(
    "--least-area",
    metavar="PX",
    default=10,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="Of noisy masks: remove smaller specks, if no crack is near.",
)
@layout_option
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as one JSON document.")
@facts_cache_option
def command(
    *,
    folder: Path,
    out: Path,
    choices_file: Path | None,
    threshold: int,
    opening: int,
    closing: int,
    least_area: int,
    layout: str | None,
    as_json: bool,
    cache: Path | None,
) -> int:
    """Audit, repair, say what was done."""
    from crackscope.datasets.choices import read_choices
    from crackscope.datasets.layouts import list_entries
    from crackscope.datasets.repair import Cleaning, repair
    from crackscope.datasets.repair.plan import accepted_suspects

    choices = read_choices(choices_file) if choices_file is not None else {}
    listing = list_entries(folder, layout=layout)
    audit = run_audit(listing, cache=cache)
    known = {finding.key for finding in (*audit.findings, *accepted_suspects(listing, choices))}
    unknown = len(choices.keys() - known)
    with ProgressBar(total=len(listing.entries), unit="picture", label="writing") as bar:
        result = repair(
            listing,
            audit,
            out,
            choices=choices,
            cleaning=Cleaning(threshold, opening, closing, least_area),
            progress=bar.advance,
        )
    click.echo(json.dumps(_document(result, out), indent=1) if as_json else _text(result, out))
    for note in listing.notes:
        click.echo(note, err=True)
    if unknown:
        click.echo(
            f"{choices_file}: choices about nothing that is found here, which did nothing: {unknown};"
            " audit again if the dataset has changed.",
            err=True,
        )
    whole = result.kept == result.pictures and not result.set_aside
    return exit_status.ALL_DONE if whole else exit_status.SOME_FAILED


def _document(result: RepairResult, out: Path) -> dict[str, object]:
    counts = {name: dict(sorted(getattr(result, name).items())) for name in _COUNTS}
    return {"folder": str(out), "pictures": result.pictures, "kept": result.kept, **counts}


_COUNTS = ("actions", "mended", "set_aside", "left")


def _text(result: RepairResult, out: Path) -> str:
    rows: list[list[Cell]] = [
        [kind, result.mended.get(kind, 0), result.set_aside.get(kind, 0), result.left.get(kind, 0)]
        for kind in KINDS
        if kind in {*result.mended, *result.set_aside, *result.left}
    ]
    blocks = []
    if rows:
        blocks.append(text_table(["finding", "masks mended", "files set aside", "left as they are"], rows))
    if result.left:
        blocks.append(
            "Left as they are: what is judged and was not accepted in the audit's gallery,\n"
            "and what nothing mends (fat-mask, split-leak: see docs/datasets.md)."
        )
    said = f"{result.kept:,} of {result.pictures:,} pictures are in the new dataset: {out}"
    if rewritten := result.actions.get("rewritten", 0):
        said += f"\nmasks brought to one channel of 0 and 255: {rewritten:,}"
    if aside := sum(result.set_aside.values()):
        said += f"\nfiles set aside: {aside:,}, in {out / 'quarantine'}"
    said += f"\nwhat changed, file by file: {out / 'repair.jsonl'}"
    blocks.append(f"{said}\nnext: crackscope data split {shlex.quote(str(out))}")
    return "\n\n".join(blocks)
