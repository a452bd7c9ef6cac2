"""``crackscope inspect``: from photos to a report."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crackscope.cli import exit_status
from crackscope.cli.options import Decimal, engine_option
from crackscope.cli.progress import ProgressBar
from crackscope.cli.scale_options import chosen_source, scale_options

if TYPE_CHECKING:
    from crackscope.cli.inspect_summary import TerminalSummary
    from crackscope.engine.model_card import ModelCard
    from crackscope.imaging.folder import FoundPhoto
    from crackscope.inspection.inspection import Inspection
    from crackscope.inspection.records import Failure
    from crackscope.inspection.scale_source import ScaleSource
    from crackscope.inspection.survey import SurveyOutcome
    from crackscope.reports.map_places import Facing
    from crackscope.reports.overlays import OverlayPainter
    from crackscope.reports.report import Pictures, Report

FORMATS = ("jsonl", "csv", "html", "overlay", "coco", "geojson")
ALIASES = {"json": "jsonl", "overlays": "overlay"}
DEFAULT_OUT = "inspection"
DEFAULT_FORMATS = "html,csv"
PICTURE_FORMATS = {"html", "overlay"}

HELP = """Find and measure the cracks in photos and write a report.

PATH is a photo or a folder, searched with all folders in it. The results go into one folder (--out):
report.html to look at, cracks.csv for the spreadsheet, inspections.jsonl with everything, one photo per
line.

\b
Examples:
  crackscope inspect photos/
  crackscope inspect bridge/ --scale 0.21 --out bridge-report     0.21 mm of wall per pixel
  crackscope inspect bridge/ --scale 0.21 --rule aci-224r-01:humidity   how severe each crack is
  crackscope inspect bridge/ --marker 50                          scale from printed markers in the photos
  crackscope inspect photos/ --format csv,coco,geojson            for other programs
  crackscope inspect photos/ --out night --resume                 go on after an interruption
  crackscope inspect photos/ --screen classifier.onnx             when few of many photos have cracks
  crackscope inspect wall.jpg --json | jq '.cracks[].length_px'   results on standard output

\b
Formats:
  html     report.html: summary, sortable table, pictures with measurements; works offline
  csv      cracks.csv: a row per crack, one row for a photo without
  overlay  overlays/: the photos with their cracks drawn in (part of html)
  coco     coco.json: masks for annotation tools
  geojson  photos.geojson: photos on the map, and their cracks where heading and scale are known
  jsonl    inspections.jsonl: always written, --resume goes on from it

Exit status: 0 all photos inspected; 1 some failed, each named with its reason; 2 wrong usage, or no photo
could be inspected.
"""


@click.command("inspect", help=HELP)
@click.argument("paths", metavar="PATH…", nargs=-1, required=True)
@click.option("--model", metavar="NAME|FILE", help="A shipped model (see crackscope models) or a model file.")
@click.option(
    "--screen",
    metavar="CLASSIFIER",
    help="A classifier that looks first; the model is not asked about photos that are surely crack-free.",
)
@engine_option
@click.option("--threads", type=click.IntRange(min=1), help="For prediction.  [default: the engine's choice]")
@click.option("--out", metavar="DIR", default=DEFAULT_OUT, show_default=True, help="Folder for the results.")
@click.option(
    "--format",
    "formats",
    metavar="LIST",
    default=DEFAULT_FORMATS,
    show_default=True,
    help="Names with commas between.",
)
@scale_options
@click.option(
    "--rule",
    metavar="RULE:CASE|FILE:CASE",
    help="How severe cracks are, by a published table (see crackscope rules) or a YAML file; needs a scale.",
)
@click.option(
    "--axis",
    type=Decimal(or_zero=True),
    default=90.0,
    show_default=True,
    metavar="DEGREES",
    help="Direction of travel, or of the member, for longitudinal and transverse: 0 across the photo, 90 up.",
)
@click.option(
    "--facing",
    type=click.Choice(["ground", "wall"]),
    default="ground",
    show_default=True,
    help="What the camera looked at, for cracks on the map: the ground straight below, or a wall ahead.",
)
@click.option("--threshold", type=float, help="Crack from this probability on.  [default: the model's]")
@click.option("--resume", is_flag=True, help="Go on where an earlier run into the same folder stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print the inspections, one JSON document per line.")
@click.option("--max-pixels", type=click.IntRange(min=1), help="Refuse larger photos.  [default: 300000000]")
def command(  # noqa: PLR0917 - click gives the options by name
    paths: tuple[str, ...],
    model: str | None,
    screen: str | None,
    engine: str,
    threads: int | None,
    out: str,
    formats: str,
    rule: str | None,
    axis: float,
    facing: Facing,
    threshold: float | None,
    resume: bool,
    as_json: bool,
    max_pixels: int | None,
    **scale_given: Any,
) -> int:
    """Survey the photos, write the reports, show the summary."""
    wanted = parse_formats(formats)
    scale = chosen_source(**scale_given)
    if rule is not None and scale is None:
        raise click.UsageError(
            "--rule judges widths in mm: give --scale, --scales, --marker or --distance as well"
        )

    from crackscope.imaging.folder import find_photos
    from crackscope.imaging.photo import MAX_PIXELS
    from crackscope.inspection.inspector import Inspector
    from crackscope.inspection.records import FAILURES_FILE, read_failures
    from crackscope.inspection.survey import Survey
    from crackscope.measurement.rule_file import choose_rule
    from crackscope.reports.overlays import OverlayPainter

    folder = Path(out)
    max_pixels = max_pixels or MAX_PIXELS
    photos = without_reports(find_photos(paths), asked=", ".join(paths))
    _name_unused(scale, [photo.name for photo in photos])
    inspector = Inspector(model, engine=engine, threads=threads, threshold=threshold, screen=screen)
    survey = Survey(
        inspector,
        folder,
        resume=resume,
        scale=scale,
        axis_deg=axis,
        rule=None if rule is None else choose_rule(rule),
        max_pixels=max_pixels,
    )
    with ProgressBar(total=len(photos), unit="photo", label="inspecting") as bar:
        outcome = survey.run(photos, on_result=lambda result: _note(result, bar))
    if outcome.interrupted:
        done = outcome.inspected + outcome.failed + outcome.skipped
        click.echo(f"Interrupted after {done:,} of {len(photos):,} photos; go on with --resume.", err=True)
        return exit_status.INTERRUPTED

    for failure in islice(read_failures(folder / FAILURES_FILE), outcome.failed_earlier):
        click.echo(f"{failure.reason} (failed before; inspect it again into another folder)", err=True)

    painter = None
    if wanted & PICTURE_FORMATS:
        path_of = {photo.name: photo.path for photo in photos}
        painter = OverlayPainter(folder, path_of.get, max_pixels=max_pixels, keep_drawn=resume)
    cards = inspector.model_file.card, None if inspector.screen_file is None else inspector.screen_file.card
    reports = open_reports(wanted, folder, title=title_of(paths), cards=cards, facing=facing)
    summary = fill_reports(reports, folder, painter, total=len(photos))
    if painter is not None and painter.missing:
        click.echo(
            f"{painter.missing:,} photos could not be drawn: "
            "they are gone or were changed since they were inspected.",
            err=True,
        )
    if as_json:
        _print_inspections(folder)
    else:
        click.echo(summary.text())
        for report in reports:
            _say_placed(report, summary)
        failed = outcome.failed + outcome.failed_earlier > 0
        click.echo(f"\nWritten: {', '.join(_written(wanted, folder, failed=failed))}")
    return _status(outcome, summary)


def parse_formats(text: str) -> set[str]:
    """Read a list of formats with commas between.

    Raises
    ------
    click.UsageError
        If a format is unknown.

    Examples
    --------
    >>> sorted(parse_formats("csv, json"))
    ['csv', 'jsonl']
    """
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    names = [ALIASES.get(name, name) for name in names]
    for name in names:
        if name not in FORMATS:
            raise click.UsageError(f"unknown format {name!r}; the formats are {', '.join(FORMATS)}")
    return {*names, "jsonl"} if names else {"jsonl"}


def without_reports(photos: Sequence[FoundPhoto], *, asked: str) -> list[FoundPhoto]:
    """Leave out the pictures of earlier reports that lie among the photos.

    Raises
    ------
    PhotoError
        If nothing is left.
    """
    from crackscope.errors import PhotoError
    from crackscope.inspection.survey_settings import SETTINGS_FILE
    from crackscope.reports.overlays import OVERLAYS_FOLDER, THUMBNAILS_FOLDER

    known: dict[Path, bool] = {}

    def is_ours(folder: Path) -> bool:
        if folder not in known:
            ours = (
                folder.name in (OVERLAYS_FOLDER, THUMBNAILS_FOLDER)
                and (folder.parent / SETTINGS_FILE).is_file()
            )
            known[folder] = ours or (folder.parent != folder and is_ours(folder.parent))
        return known[folder]

    kept = [photo for photo in photos if not is_ours(photo.path.absolute().parent)]
    if not kept:
        raise PhotoError(f"{asked}: holds only the pictures of a report; name the folder of the photos.")
    return kept


def open_reports(
    wanted: set[str],
    folder: Path,
    *,
    title: str,
    cards: tuple[ModelCard, ModelCard | None],
    facing: Facing,
) -> list[Report]:
    """Make the reports asked for; the cards are those of the model and of the classifier that looks first."""
    from crackscope.reports.coco import COCO_FILE, CocoReport
    from crackscope.reports.geojson import GEOJSON_FILE, GeoJsonReport
    from crackscope.reports.html import HTML_FILE, HtmlReport
    from crackscope.reports.table_csv import CSV_FILE, CsvReport

    reports: list[Report] = []
    if "csv" in wanted:
        reports.append(CsvReport(folder / CSV_FILE))
    if "coco" in wanted:
        reports.append(CocoReport(folder / COCO_FILE))
    if "geojson" in wanted:
        reports.append(GeoJsonReport(folder / GEOJSON_FILE, facing=facing))
    if "html" in wanted:
        card, screen_card = cards
        reports.append(HtmlReport(folder / HTML_FILE, title=title, card=card, screen_card=screen_card))
    return reports


def fill_reports(
    reports: Sequence[Report], folder: Path, painter: OverlayPainter | None, *, total: int
) -> TerminalSummary:
    """Read what the survey wrote, once, and fill all reports from it."""
    from crackscope.cli.inspect_summary import TerminalSummary
    from crackscope.inspection.records import FAILURES_FILE, INSPECTIONS_FILE, read_failures, read_inspections
    from crackscope.reports.report import write_reports

    summary = TerminalSummary()

    def watched(
        results: Iterable[tuple[Inspection, Pictures | None]], bar: ProgressBar
    ) -> Iterator[tuple[Inspection, Pictures | None]]:
        for inspection, pictures in results:
            summary.add(inspection)
            yield inspection, pictures
            bar.advance()

    def watched_failures() -> Iterator[Failure]:
        for failure in read_failures(folder / FAILURES_FILE):
            summary.add_failure(failure)
            yield failure

    inspections = read_inspections(folder / INSPECTIONS_FILE)
    results: Iterable[tuple[Inspection, Pictures | None]]
    if painter is None:
        results = ((inspection, None) for inspection in inspections)
    else:
        results = painter.draw_all(inspections)
    with ProgressBar(total=total, unit="photo", label="writing the report") as bar:
        write_reports(reports, watched(results, bar), watched_failures())
    return summary


def title_of(paths: Sequence[str]) -> str:
    """Name a report after what was inspected.

    Examples
    --------
    >>> title_of(["photos/bridge/", "wall.jpg"])
    'bridge, wall.jpg'
    """
    from crackscope.imaging.photo import printable

    names = [printable(Path(path).absolute().name or str(path)) for path in paths]
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _say_placed(report: Report, summary: TerminalSummary) -> None:
    """Say how much of a survey is on the map, for photos without a position are not."""
    from crackscope.reports.geojson import GeoJsonReport

    if isinstance(report, GeoJsonReport):
        photos, cracks = summary.figures.inspected, summary.figures.cracks
        click.echo(
            f"On the map: {report.located:,} of {photos:,} photos (with a GPS position), {report.placed:,} of"
            f" {cracks:,} cracks (with heading and scale as well)."
        )


def _name_unused(scale: ScaleSource | None, names: Sequence[str]) -> None:
    """Say which lines of a table of scales belong to no photo: most are misspelt."""
    from crackscope.inspection.scale_table import ScaleTable

    if not isinstance(scale, ScaleTable):
        return
    if unused := scale.unused(names):
        shown = ", ".join(unused[:3]) + (f" and {len(unused) - 3} more" if len(unused) > 3 else "")
        click.echo(f"{scale.name}: names {shown}, and there is no such photo here.", err=True)


def _note(result: Inspection | Failure, bar: ProgressBar) -> None:
    from crackscope.inspection.records import Failure

    bar.advance()
    if isinstance(result, Failure):
        named = result.reason.startswith(result.photo)
        bar.say(result.reason if named else f"{result.photo}: {result.reason}")


def _print_inspections(folder: Path) -> None:
    from crackscope.inspection.records import INSPECTIONS_FILE

    with (folder / INSPECTIONS_FILE).open(encoding="ascii") as lines:
        shutil.copyfileobj(lines, sys.stdout)


def _written(wanted: set[str], folder: Path, *, failed: bool) -> list[str]:
    from crackscope.inspection.records import FAILURES_FILE, INSPECTIONS_FILE
    from crackscope.reports.coco import COCO_FILE
    from crackscope.reports.geojson import GEOJSON_FILE
    from crackscope.reports.html import HTML_FILE
    from crackscope.reports.overlays import OVERLAYS_FOLDER
    from crackscope.reports.table_csv import CSV_FILE

    files = {
        "html": HTML_FILE,
        "csv": CSV_FILE,
        "overlay": OVERLAYS_FOLDER,
        "coco": COCO_FILE,
        "geojson": GEOJSON_FILE,
        "jsonl": INSPECTIONS_FILE,
    }
    names = [file for name, file in files.items() if name in wanted]
    return [str(folder / name) for name in (*names, *([FAILURES_FILE] if failed else []))]


def _status(outcome: SurveyOutcome, summary: TerminalSummary) -> int:
    if outcome.failed == 0 and outcome.failed_earlier == 0:
        return exit_status.ALL_DONE
    return exit_status.SOME_FAILED if summary.figures.inspected else exit_status.NOTHING_DONE
