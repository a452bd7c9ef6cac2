"""``crackscope growth``: what became of cracks between two photos of the same place."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crackscope.cli import exit_status
from crackscope.cli.options import engine_option
from crackscope.cli.scale_options import chosen_source, scale_options
from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.inspection.growth import CrackGrowth, Growth

JSON_FILE, CSV_FILE, PICTURE_FILE = "growth.json", "growth.csv", "before-after.jpg"
COLUMNS = (
    "number",
    "before",
    "after",
    "kind",
    "missed_in",
    "told_share",
    *(
        f"{name}_{unit}"
        for unit in ("px", "mm")
        for name in (
            "length_before",
            "length_change",
            "length_change_sigma",
            "width_before",
            "width_after",
            "width_change",
            "width_change_sigma",
        )
    ),
)
_THIN = "\N{NARROW NO-BREAK SPACE}"

HELP = """Find out whether cracks grew between two photos of the same place.

The second photo is laid on the first, also if it was taken from somewhat elsewhere; then the cracks are
compared place by place on the photos themselves: how much wider and longer each became, how sure that is,
which are new and which are gone. Photos that do not show the same flat place are refused.

\b
Examples:
  crackscope growth 2024/pier-3.jpg 2026/pier-3.jpg
  crackscope growth before.jpg after.jpg --scale 0.1 --out pier-3
  crackscope growth before.jpg after.jpg --marker 50    scale from printed markers in the first photo

Writes before-after.jpg, growth.csv and growth.json into one folder (--out).

Exit status: 0 compared, whatever was found; 2 wrong usage, or the photos cannot be compared.
"""


@click.command("growth", help=HELP)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--model", metavar="NAME|FILE", help="A shipped model (see crackscope models) or a model file.")
@engine_option
@click.option("--threads", type=click.IntRange(min=1), help="For prediction.  [default: the engine's choice]")
@click.option("--threshold", type=float, help="Crack from this probability on.  [default: the model's]")
@scale_options
@click.option("--out", metavar="DIR", default="growth", show_default=True, help="Folder for the results.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as one JSON document.")
def command(  # noqa: PLR0917 - click gives the options by name
    before: Path,
    after: Path,
    model: str | None,
    engine: str,
    threads: int | None,
    threshold: float | None,
    out: str,
    as_json: bool,
    **scale_given: Any,
) -> int:
    """Compare the photos, write the results, show a table."""
    scale = chosen_source(**scale_given)
    from crackscope.imaging.encode import write_jpeg
    from crackscope.imaging.photo import Photo
    from crackscope.inspection.growth import compare_photos
    from crackscope.inspection.inspector import Inspector
    from crackscope.reports.growth_picture import draw_growth

    first, second = Photo.open(before), Photo.open(after)
    inspector = Inspector(model, engine=engine, threads=threads, threshold=threshold)
    growth = compare_photos(first, second, inspector, scale=scale)
    folder = Path(out)
    picture = draw_growth(first.pixels, second.pixels, growth)
    document = json.dumps(growth.to_document(), allow_nan=False, indent=2)
    write_jpeg(_made(folder) / PICTURE_FILE, picture)
    _write_files(growth, folder, document)
    if growth.before.scale_remark is not None:
        click.echo(f"{growth.before.photo.name}: {growth.before.scale_remark}", err=True)
    if as_json:
        click.echo(document)
    else:
        click.echo(_shown(growth))
        click.echo(
            f"\nWritten: {', '.join(str(folder / name) for name in (PICTURE_FILE, CSV_FILE, JSON_FILE))}"
        )
    return exit_status.ALL_DONE


def _made(folder: Path) -> Path:
    from crackscope.errors import CrackscopeError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CrackscopeError(
            f"{folder}: cannot be made ({error.strerror}); choose another folder."
        ) from error
    return folder


def _write_files(growth: Growth, folder: Path, document: str) -> None:
    from crackscope.whole_file import whole_file

    with whole_file(folder / JSON_FILE) as temporary:
        temporary.write_text(document + "\n", encoding="utf-8")
    with (
        whole_file(folder / CSV_FILE) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for crack in growth.cracks:
            rows.writerow([_cell(getattr(crack, column)) for column in COLUMNS])


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value)
    return round(value, 4) if isinstance(value, float) else "" if value is None else value


def _shown(growth: Growth) -> str:
    before, after = growth.before.photo.name, growth.after.photo.name
    registered = (
        f"{after} lies on {before} to {growth.registration_sigma_px:.1f} px; both show {growth.overlap:.0%}"
        " of the place."
    )
    if not growth.cracks:
        return f"{registered}\nNo crack was found in the part that both photos show."
    unit = "mm" if all(crack.length_before_mm is not None for crack in growth.cracks) else "px"
    rows = [_row(crack, unit) for crack in growth.cracks]
    header = [
        "crack",
        "before",
        "after",
        "what",
        f"length, {unit}",
        "change",
        f"width, {unit}",
        "then",
        "change",
    ]
    kinds = [crack.kind for crack in growth.cracks]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    cracks = f"{len(kinds)} crack{'' if len(kinds) == 1 else 's'}: {counts}."
    text = text_table(
        header, rows, right=[name for name in header if name not in ("before", "after", "what")]
    )
    return f"{registered}\n\n{text}\n\n{cracks}".replace(_THIN, " ")


def _row(crack: CrackGrowth, unit: str) -> list[str | int | float | None]:
    def figure(name: str, digits: int, *, signed: bool = False) -> str | None:
        value = getattr(crack, f"{name}_{unit}")
        if value is None:
            return None
        sigma = getattr(crack, f"{name}_sigma_{unit}", None)
        return f"{value:{'+' if signed else ''}.{digits}f}{'' if sigma is None else f' ± {sigma:.{digits}f}'}"

    fine = 3 if unit == "mm" else 2
    what = crack.kind if crack.missed_in is None else f"{crack.kind} (not found {crack.missed_in})"
    return [
        crack.number,
        " ".join(map(str, crack.before)) or None,
        " ".join(map(str, crack.after)) or None,
        what,
        figure("length_before", 1),
        figure("length_change", 1, signed=True),
        figure("width_before", fine),
        figure("width_after", fine),
        figure("width_change", fine, signed=True),
    ]
