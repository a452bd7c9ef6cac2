"""``crackscope marker``: sheets of markers to print and to stick beside cracks."""

from __future__ import annotations

import re
from pathlib import Path

import click

from crackscope.cli import exit_status
from crackscope.cli.options import Decimal
from crackscope.errors import CrackscopeError

HELP = """Print square markers that give photos their scale: a PDF that is true to size.

Stick one flat beside the crack, with the white around it, and photograph both. Print at 100 %, and check
the ruler at the foot of the page: it is 100 mm long, or the black square's side has to be measured.

\b
Examples:
  crackscope marker                                    six markers of 50 mm on A4, markers.pdf
  crackscope marker --size 30 --numbers 0-7,12 --page letter
  crackscope marker --size 200 --page a3 --out large.pdf
  crackscope inspect photos/ --marker 50               where the markers' sides are 50 mm
"""


@click.command("marker", help=HELP)
@click.option(
    "--size",
    "side_mm",
    metavar="MM",
    default=50,
    show_default=True,
    type=Decimal(),
    help="Side of the black square.",
)
@click.option(
    "--numbers",
    "numbers_text",
    metavar="LIST",
    default="0-5",
    show_default=True,
    help="Which markers: 3, or 0-7, or 1,4,9-12.",
)
@click.option(
    "--page", metavar="NAME", default="a4", show_default=True, help="Page to print on: a4, a3 or letter."
)
@click.option(
    "--dictionary",
    metavar="NAME",
    default="apriltag-36h11",
    show_default=True,
    help="Family of the markers: apriltag-36h11, aruco-4x4, aruco-5x5 or aruco-6x6.",
)
@click.option(
    "--out",
    metavar="FILE",
    default=Path("markers.pdf"),
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The PDF file; an older one is replaced.",
)
def command(*, side_mm: float, numbers_text: str, page: str, dictionary: str, out: Path) -> int:
    """Plan, write, say how to go on."""
    from crackscope.imaging.marker_sheet import write_sheets
    from crackscope.imaging.markers import DEFAULT_DICTIONARY
    from crackscope.imaging.sheet_plan import count_markers, plan_sheets
    from crackscope.whole_file import whole_file

    numbers = _numbers(numbers_text, dictionary, count=count_markers(dictionary))
    plan = plan_sheets(side_mm, page=page.lower(), dictionary=dictionary)
    _check_out(out)
    with whole_file(out) as temporary:
        pages = write_sheets(temporary, plan, numbers)
    click.echo(
        f"{out}: {_counted(len(numbers), 'marker')} of {side_mm:g} mm on {_counted(pages, 'page')};"
        " print at 100 % and check the ruler at the foot."
    )
    option = "" if dictionary == DEFAULT_DICTIONARY else f" --marker-dictionary {dictionary}"
    click.echo(f"next: crackscope inspect photos/ --marker {side_mm:g}{option}")
    return exit_status.ALL_DONE


def _numbers(text: str, dictionary: str, *, count: int) -> list[int]:
    """Read ``1,4,9-12``, in the order given; refuse what is not of the dictionary, and what comes twice."""
    numbers: dict[int, None] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        written = re.fullmatch(r"([0-9]{1,9})(?:\s*-\s*([0-9]{1,9}))?", part)
        if written is None:
            raise _no_list(f"{part!r} is neither a number nor a range; write them as 3, 0-7 or 1,4,9-12")
        first, last = int(written[1]), int(written[2] or written[1])
        if last < first:
            raise _no_list(f"{part} runs backwards; write {last}-{first}")
        if last >= count:
            raise _no_list(f"{dictionary} has {count} markers, 0 to {count - 1}, and no {max(first, count)}")
        for number in range(first, last + 1):
            if number in numbers:
                raise _no_list(f"{number} is there twice; name each marker once")
            numbers[number] = None
    if not numbers:
        raise _no_list("names no marker; give some as 3, 0-7 or 1,4,9-12")
    return list(numbers)


def _no_list(what: str) -> click.BadParameter:
    return click.BadParameter(what, param_hint="'--numbers'")


def _check_out(out: Path) -> None:
    """Refuse a file that cannot be written before any page is drawn."""
    if out.suffix.lower() != ".pdf":
        raise click.UsageError(f"--out {out}: the file's name must end in .pdf.")
    if not out.parent.is_dir():
        raise CrackscopeError(f"{out}: there is no folder {out.parent}; make it, or choose another.")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
