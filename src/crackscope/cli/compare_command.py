"""``crackscope compare``: runs set against each other, on the same pictures, beside what each costs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.options import data_option, seed_option, threads_option
from crackscope.cli.progress import ProgressBar
from crackscope.cli.table import text_table
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.whole_file import make_folder, whole_file

if TYPE_CHECKING:
    from crackscope.datasets import Sample
    from crackscope.evaluation.comparison import Comparison
    from crackscope.evaluation.comparison.prepare import Prepared

PRECISIONS = ("fp32", "int8")
DEFAULT_OUT = "comparison"
DOCUMENT_FILE, MODELS_FOLDER = "comparison.json", "models"
SIDE_STEP_PX = 32
"""What the stride of every architecture divides."""

HELP = """Set the training runs RUN… against each other: how good, how fast, how they were trained.

Each run is turned into model files, and all of them are judged on the same pictures: by default on the
validation pictures that the runs have in common and that none learnt from. Differences to the best come with
paired 95 % intervals over source photos; latencies are measured in turn in one process. A page with curves,
pictures side by side and the front of accuracy against latency is written to DIR/compare.html, the model
files to DIR/models/.

\b
Examples:
  crackscope compare runs/walls runs/walls-wide
  crackscope compare runs/* --data sets/deepcrack_test --out comparison
  crackscope compare runs/walls runs/roads --data split.csv --precision fp32 --no-latency
"""


def _precisions(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(each.strip() for each in text.split(",")))
    for each in chosen:
        if each not in PRECISIONS:
            raise click.BadParameter(f"{each!r} is none of {', '.join(PRECISIONS)}")
    return chosen


@click.command("compare", help=HELP)
@click.argument("runs", metavar="RUN…", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_option(required=False)
@click.option(
    "--out",
    metavar="DIR",
    default=DEFAULT_OUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for page, document, pictures and model files.",
)
@click.option(
    "--precision",
    "precisions",
    metavar="LIST",
    default=",".join(PRECISIONS),
    show_default=True,
    callback=_precisions,
    help="Of the model files to compare: fp32, int8 or both; the first is the one drawn.",
)
@click.option("--no-latency", is_flag=True, help="Do not time the model files.")
@click.option(
    "--size",
    "size_px",
    metavar="PX",
    default=256,
    show_default=True,
    type=click.IntRange(min=1, max=4096),
    help="Side of the picture for latency and GMAC, rounded up to a multiple of 32.",
)
@threads_option(of="engine", default=2)
@click.option(
    "--pictures",
    metavar="N",
    default=10,
    show_default=True,
    type=click.IntRange(min=0, max=100),
    help="How many pictures to show side by side.",
)
@seed_option(of="intervals")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def command(
    *,
    runs: tuple[Path, ...],
    folders: tuple[Path, ...],
    out: Path,
    precisions: tuple[str, ...],
    no_latency: bool,
    size_px: int,
    threads: int,
    pictures: int,
    seed: int,
    as_json: bool,
) -> int:
    """Compare, write, show."""
    from crackscope.evaluation.comparison.pictures import choose_shown
    from crackscope.evaluation.comparison.prepare import prepare

    side_px = -(-size_px // SIDE_STEP_PX) * SIDE_STEP_PX
    each_once = list({path.resolve(): path for path in runs}.values())
    prepared = prepare(each_once, folders, size_px=side_px)
    make_folder(out / MODELS_FOLDER)  # better to fail before the work than after it
    shown = choose_shown(prepared.basis.samples, most=pictures)
    comparison = _compare(
        prepared,
        out / MODELS_FOLDER,
        precisions,
        timed=not no_latency,
        side_px=side_px,
        threads=threads,
        shown=shown,
        seed=seed,
    )
    document = json.dumps(comparison.to_document(), ensure_ascii=False, indent=2, allow_nan=False)
    page = _write(comparison, shown, document, out)
    click.echo(document if as_json else _text(comparison, page))
    for line in _warnings(comparison):
        click.echo(line, err=True)
    unread = comparison.results[0].judged.failures
    return exit_status.SOME_FAILED if comparison.failures or unread else exit_status.ALL_DONE


def _compare(
    prepared: Prepared,
    models_folder: Path,
    precisions: Sequence[str],
    *,
    timed: bool,
    side_px: int,
    threads: int,
    shown: Sequence[Sample],
    seed: int,
) -> Comparison:
    """Export, time, and judge."""
    from crackscope.cli.compare_costs import export_models, time_models
    from crackscope.errors import CrackscopeError
    from crackscope.evaluation.comparison import Machine, compare
    from crackscope.evaluation.comparison.timed_picture import cut_with_crack
    from crackscope.export.latency import processor_name

    total = len(prepared.entrants) * len(precisions)
    with ProgressBar(total=total, unit="model file", label="exporting") as bar:
        competitors, unexported = export_models(
            prepared.entrants, precisions, models_folder, progress=bar.advance
        )
    failures = [*prepared.failures, *unexported]
    if not competitors:
        raise CrackscopeError(f"No run can be compared; the first: {failures[0].reason}")
    if timed:
        competitors = time_models(
            competitors,
            size_px=side_px,
            threads=threads,
            engine=DEFAULT_ENGINE,
            picture=cut_with_crack(prepared.basis.samples, side_px=side_px),
        )
    pictures = len(competitors) * len(prepared.basis.samples)
    with ProgressBar(total=pictures, unit="picture", label="judging") as bar:
        return compare(
            prepared.judge,
            prepared.entrants,
            prepared.facts,
            competitors,
            prepared.basis,
            machine=Machine(processor_name(), threads, DEFAULT_ENGINE),
            shown=[sample.image for sample in shown],
            failures=failures,
            seed=seed,
            progress=bar.advance,
        )


def _write(comparison: Comparison, shown: Sequence[Sample], document: str, out: Path) -> Path:
    from crackscope.evaluation.comparison.page import PAGE_FILE, write_page
    from crackscope.evaluation.comparison.picture_files import PICTURES_FOLDER, write_pictures

    with whole_file(out / DOCUMENT_FILE) as temporary:
        temporary.write_text(document + "\n", "utf-8")
    written = write_pictures(comparison, shown, out / PICTURES_FOLDER)
    write_page(comparison, written, out / PAGE_FILE)
    return out / PAGE_FILE


def _text(comparison: Comparison, page: Path) -> str:
    from crackscope.evaluation.comparison.tables import notes, text_tables

    tables = [
        f"{table.title}\n{text_table(table.header, table.rows, right=_numeric(table.header))}"
        for table in text_tables(comparison)
    ]
    last = f"page: {page}\nmodel files: {page.parent / MODELS_FOLDER}"
    return "\n\n".join([*tables, "\n".join(notes(comparison)), last])


def _numeric(header: Sequence[str]) -> list[str]:
    words = ("run", "precision", "task", "network", "verdict", "key")
    return [each for each in header if each not in words and "against" not in each]


def _warnings(comparison: Comparison) -> list[str]:
    lines = [each.sentence() for each in comparison.basis.learnt_from]
    lines += [f"{each.name}: left out: {each.reason}" for each in comparison.failures]
    return lines + [each.reason for each in comparison.results[0].judged.failures]
