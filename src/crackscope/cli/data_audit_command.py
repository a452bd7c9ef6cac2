"""``crackscope data audit``: what is wrong with a dataset."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.data_options import facts_cache_option, layout_option
from crackscope.cli.progress import ProgressBar
from crackscope.cli.table import text_table
from crackscope.errors import CrackscopeError
from crackscope.whole_file import make_folder, whole_file

if TYPE_CHECKING:
    from crackscope.datasets.audit.result import Audit
    from crackscope.datasets.finding import Finding
    from crackscope.datasets.layouts import Listing
    from crackscope.imaging.arrays import BoolMask, RgbPixels

AUDIT_FILE = "audit.json"
DEFAULT_OUT = "audit"

HELP = """Find what is wrong with the dataset in DIR; nothing in it is changed.

Written into one folder (--out): audit.json with every finding, and gallery.html, a page on which you see each
suspect with its mask over it and accept or reject it; save the choices there and give them to repair.

\b
Examples:
  crackscope data audit sets/Concrete
  crackscope data audit sets/walls --model crack-light      also ask the model where labels look wrong
  crackscope data audit sets/walls --json | jq '.findings[] | select(.certain)'

\b
Kinds of findings:
  unreadable         cut off, empty, no picture, or named as another kind of file
  orphan-image       picture without mask            orphan-mask        mask without picture
  size-mismatch      mask of another size            transposed-mask    rows and columns swapped
  rotated-mask       mask turned or mirrored         multichannel-mask  colours, palette, transparency
  non-binary-mask    values between black and white  inverted-mask      white is background
  crack-in-negative  crack in a crack-free picture   empty-positive     no crack in a cracked one
  speckle            specks and pinholes             fat-mask           much wider than the line under it
  duplicate          the same bytes                  near-duplicate     the same, rescaled or turned
  split-leak         one photo in two parts          label-suspect      a model disagrees (--model)

Exit status: 0 the audit was done, whatever it found; 2 wrong usage, or there is no dataset.
"""


@click.command("audit", help=HELP)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    default=DEFAULT_OUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the results.",
)
@layout_option
@click.option(
    "--model", metavar="NAME|FILE", help="Also ask a model (see crackscope models) where labels look wrong."
)
@click.option("--no-gallery", is_flag=True, help="Write audit.json only.")
@click.option("--json", "as_json", is_flag=True, help="Print audit.json's document instead of tables.")
@facts_cache_option
def command(
    *,
    folder: Path,
    out: Path,
    layout: str | None,
    model: str | None,
    no_gallery: bool,
    as_json: bool,
    cache: Path | None,
) -> int:
    """Audit, write, show."""
    from crackscope.datasets.layouts import list_entries

    see = _opened(model) if model is not None else None
    listing = list_entries(folder, layout=layout)
    out = _usable(out, listing.root)
    audit = run_audit(listing, cache=cache)
    if see is not None:
        audit = _with_suspects(listing, audit, see)
    document = json.dumps(audit.to_document(), ensure_ascii=False, indent=1, allow_nan=False)
    with whole_file(out / AUDIT_FILE) as temporary:
        temporary.write_text(document + "\n", "utf-8")
    page = None if no_gallery else _write_gallery(listing, audit, out)
    for note in audit.notes:
        click.echo(note, err=True)
    click.echo(document if as_json else _text(audit, page))
    return exit_status.ALL_DONE


def run_audit(listing: Listing, *, cache: Path | None) -> Audit:
    """Audit a listing behind a progress bar.

    Parameters
    ----------
    listing : Listing
    cache : Path, optional
        Folder of what is known of files; the user's own by default.
    """
    from crackscope.datasets.audit.audit import audit
    from crackscope.datasets.audit.facts_cache import default_cache_folder

    with ProgressBar(total=len(listing.entries), unit="picture", label="looking") as bar:
        return audit(listing, cache_folder=cache or default_cache_folder(), progress=bar.advance)


def _usable(out: Path, root: Path) -> Path:
    """Make the folder for the results, outside the dataset."""
    resolved = out.resolve()
    if resolved == root or resolved.is_relative_to(root):
        raise CrackscopeError(f"{out}: lies in the dataset, which is never written to; give another --out.")
    make_folder(resolved, of=out)
    return out


def _opened(model: str) -> Callable[[RgbPixels], BoolMask]:
    """Make a model ready to say which cracks it would report."""
    from crackscope.evaluation.predictors import open_predictor
    from crackscope.evaluation.reported import reported_mask, reported_regions

    predictor = open_predictor(model)

    def see(pixels: RgbPixels) -> BoolMask:
        regions = reported_regions(
            predictor.predict(pixels),
            threshold=predictor.facts.threshold,
            crack_filter=predictor.crack_filter,
        )
        return reported_mask(regions, *pixels.shape[:2])

    return see


def _with_suspects(listing: Listing, audit: Audit, see: Callable[[RgbPixels], BoolMask]) -> Audit:
    from crackscope.datasets.audit.result import sorted_findings
    from crackscope.datasets.audit.suspects import label_suspects

    with ProgressBar(total=len(listing.entries), unit="picture", label="asking the model") as bar:
        suspects = list(label_suspects(listing, see, known=audit.findings, progress=bar.advance))
    return replace(audit, findings=sorted_findings([*audit.findings, *suspects]))


def _write_gallery(listing: Listing, audit: Audit, out: Path) -> Path:
    from crackscope.datasets.audit.gallery import write_gallery
    from crackscope.datasets.repair.preview import preview_loader

    with ProgressBar(total=len(audit.findings), unit="finding", label="drawing") as bar:
        return write_gallery(
            out,
            root=listing.root,
            findings=audit.findings,
            load=preview_loader(listing, audit),
            progress=lambda _: bar.advance(),
            pictures=audit.pictures,
        )


def _text(audit: Audit, page: Path | None) -> str:
    from crackscope.datasets.repair.plan import does_something

    counts = Counter(finding.kind for finding in audit.findings)
    certain = Counter(finding.kind for finding in audit.findings if finding.certain)
    first: dict[str, Finding] = {}
    for finding in audit.findings:
        first.setdefault(finding.kind, finding)
    sets = text_table(
        ["set", "pictures", "masks", "mask / line width"],
        [[each.name, each.pictures, each.masks, _factor(each.mask_factor)] for each in audit.sets],
        right=["mask / line width"],
    )
    head = f"{audit.pictures:,} pictures, layout {', '.join(audit.layouts)}\n\n{sets}\n\n"
    if not counts:
        return f"{head}Nothing is wrong that could be found."
    kinds = text_table(
        ["finding", "number", "certain", "for example"],
        [[kind, counts[kind], certain[kind], _example(first[kind].path)] for kind in first],
    )
    more = [f"look at them: {page}"] if page else []
    if any(does_something(finding, {}) for finding in audit.findings):
        more.append(f"mend them: crackscope data repair {shlex.quote(str(audit.root))} --out NEW")
    if counts["orphan-image"] == audit.pictures:
        more.append(f"no picture has a mask; beside a folder of pictures, masks are looked for in {_MASKS}")
    return "\n".join([f"{head}{kinds}", "", *more]).rstrip()


_MASKS = "masks, labels, gt, groundtruth, annotations or segmentations"


def _factor(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


def _example(path: str, longest: int = 60) -> str:
    return path if len(path) <= longest else "…" + path[1 - longest :]
