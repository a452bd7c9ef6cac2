"""``crackscope data convert``: a dataset in another layout."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.data_options import layout_option
from crackscope.cli.progress import ProgressBar

if TYPE_CHECKING:
    from crackscope.datasets.convert import Format

MOST_NAMED = 10
VALIDATION = "validation"
NO_VALIDATION = (
    "data.yaml: val names the training pictures, for none is set apart for validation; convert the CSV file"
    " of 'crackscope data split' to have some."
)

HELP = """Write the dataset in SRC anew into DST, in another layout; SRC itself is only read.

SRC is a folder, or the CSV file of a split, whose parts become halves. Pictures are copied byte for byte,
masks pixel for pixel: converting back gives the same masks.

\b
Layouts:
  pairs  SET/images/ beside SET/masks/
  coco   images/SET/ and annotations.json, or a file for each half: the outline of each crack
  yolo   {train,val,test}/{images,labels}/SET/ and data.yaml: the outline of each crack

\b
Examples:
  crackscope data convert sets/walls walls-coco --to coco
  crackscope data convert roboflow-export sets/mine --to pairs

Exit status: 0 all was converted; 1 some pictures were left out, each named; 2 wrong usage, or nothing could
be converted.
"""


@click.command("convert", help=HELP)
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path))
@click.argument("destination", metavar="DST", type=click.Path(path_type=Path))
@click.option("--to", "to", required=True, type=click.Choice(["pairs", "coco", "yolo"]), help="The layout.")
@layout_option
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as one JSON document.")
def command(*, source: Path, destination: Path, to: Format, layout: str | None, as_json: bool) -> int:
    """Convert, say what was done."""
    from crackscope.datasets.convert import convert
    from crackscope.datasets.layouts import list_entries
    from crackscope.datasets.manifest import is_manifest, list_manifest

    listing = list_manifest(source) if is_manifest(source) else list_entries(source, layout=layout)
    with ProgressBar(total=len(listing.entries), unit="picture", label="converting") as bar:
        result = convert(listing, destination, to=to, progress=lambda _: bar.advance())
    if as_json:
        click.echo(json.dumps({"folder": str(destination), **asdict(result)}, ensure_ascii=False, indent=1))
    else:
        click.echo(
            f"{result.pictures:,} pictures, {result.cracked:,} of them with {result.cracks:,} cracks, from"
            f" {', '.join(listing.layouts)} to {to}: {destination}"
        )
    left_out = result.failures[:MOST_NAMED]
    if len(left_out) < len(result.failures):
        left_out += (
            f"… and {len(result.failures) - MOST_NAMED:,} more were left out; --json names them all.",
        )
    no_validation = to == "yolo" and all(entry.part != VALIDATION for entry in listing.entries)
    for sentence in (*listing.notes, *left_out, *[NO_VALIDATION] * no_validation):
        click.echo(sentence, err=True)
    return exit_status.SOME_FAILED if result.failures or listing.notes else exit_status.ALL_DONE
