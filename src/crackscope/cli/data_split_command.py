"""``crackscope data split``: parts for training, validation and testing that share no photo."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from crackscope.cli import exit_status
from crackscope.cli.data_audit_command import run_audit
from crackscope.cli.data_options import facts_cache_option, layout_option
from crackscope.cli.options import seed_option
from crackscope.cli.progress import ProgressBar
from crackscope.cli.table import text_table
from crackscope.errors import CrackscopeError
from crackscope.whole_file import make_folder

if TYPE_CHECKING:
    from crackscope.datasets import Sample, Split
    from crackscope.datasets.pool import Pool

DEFAULT_OUT = "split.csv"
DEFAULT_SHARE = 0.1
_HEADER = ("part", "set", "pictures", "crack-free", "median width")

HELP = """Divide the datasets in DIR for training, validation and testing; nothing in them is changed.

The CSV file that is written goes to train and evaluate as --data. Pictures of one source photo, and
duplicates and near-duplicates, stay on one side; every part has its share of each set's crack-free pictures
and of its thin and wide cracks. A validation or test half that the folders name is kept as it is.

--folds K writes K files, each testing on another fold, and --leave-one-set-out one file for each set, testing
on that set; both deal the halves anew, and take validation from what is not tested on.

\b
Examples:
  crackscope data split sets/walls sets/noncrack
  crackscope train segment-light --data split.csv
  crackscope evaluate runs/segment-light --data split.csv
  crackscope data split sets/walls --folds 5 --out folds.csv
  crackscope data split sets/walls sets/roads sets/tiles --leave-one-set-out

Exit status: 0 all pictures were dealt; 1 some were left out, each named; 2 wrong usage, or nothing was dealt.
"""


@click.command("split", help=HELP)
@click.argument("folders", metavar="DIR…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The CSV file.  [default: {DEFAULT_OUT}]",
)
@click.option(
    "--validation",
    metavar="SHARE",
    default=DEFAULT_SHARE,
    show_default=True,
    type=click.FloatRange(0, 1, max_open=True),
    help="Share for validation.",
)
@click.option(
    "--test",
    metavar="SHARE",
    type=click.FloatRange(0, 1, max_open=True),
    help=f"Share for testing.  [default: {DEFAULT_SHARE}]",
)
@seed_option(of="dealing")
@click.option("--folds", metavar="K", type=click.IntRange(min=2), help="Test on each of K folds in turn.")
@click.option("--leave-one-set-out", "by_set", is_flag=True, help="Test on each set in turn.")
@layout_option
@facts_cache_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def command(
    *,
    folders: tuple[Path, ...],
    out: Path | None,
    validation: float,
    test: float | None,
    seed: int,
    folds: int | None,
    by_set: bool,
    layout: str | None,
    cache: Path | None,
    as_json: bool,
) -> int:
    """Audit, deal, write, show."""
    from crackscope.datasets.layouts import list_entries
    from crackscope.datasets.manifest import is_split, write_manifest
    from crackscope.datasets.pool import join_listings, pool_of

    _check_options(test, validation, folds, by_set=by_set)
    listings = [list_entries(folder, layout=layout) for folder in folders]
    out = _usable(out, [listing.root for listing in listings])
    pool = pool_of(listings, run_audit(join_listings(listings), cache=cache))
    splits = _splits(pool, out, seed=seed, validation=validation, test=test, folds=folds, by_set=by_set)
    for path in splits:
        if path.exists() and not is_split(path):
            raise CrackscopeError(f"{path}: is there already and no split; choose another name.")
    with ProgressBar(total=len(splits) * len(pool.samples), unit="picture", label="writing") as bar:
        for path, split in splits.items():
            write_manifest(split, path, shown=pool.shown, hashed=True, progress=bar.advance)
    document = _document(pool, splits)
    click.echo(json.dumps(document, ensure_ascii=False, indent=1) if as_json else _text(document))
    anew = _dealt_anew(pool, halves_kept=folds is None and not by_set)
    for sentence in (*anew, *_without_masks(pool), *pool.left_out):
        click.echo(sentence, err=True)
    return exit_status.SOME_FAILED if pool.left_out else exit_status.ALL_DONE


def _check_options(test: float | None, validation: float, folds: int | None, *, by_set: bool) -> None:
    if folds is not None and by_set:
        raise click.UsageError("--folds and --leave-one-set-out exclude each other; give one of them.")
    if test is not None and (folds is not None or by_set):
        raise click.UsageError("--test has no meaning with folds or left-out sets; leave it away.")
    if validation + (test or 0) >= 1:
        raise click.UsageError("--validation and --test leave nothing to train on; give smaller shares.")


def _usable(out: Path | None, roots: Iterable[Path]) -> Path:
    """Make the folder for the file; into a dataset only where that was asked for."""
    if out is None:
        out = Path(DEFAULT_OUT)
        for root in roots:
            if out.resolve().is_relative_to(root):
                raise CrackscopeError(
                    f"{out}: would lie in the dataset {root}; name the file with --out to have it there."
                )
    if out.suffix.lower() != ".csv":
        raise click.UsageError(f"--out {out}: the file's name must end in .csv.")
    make_folder(out.parent, of=out)
    return out


def _splits(
    pool: Pool,
    out: Path,
    *,
    seed: int,
    validation: float,
    test: float | None,
    folds: int | None,
    by_set: bool,
) -> dict[Path, Split]:
    from crackscope.datasets.splitting import k_folds, leave_one_set_out, split_dataset

    if folds is not None:
        made = k_folds(pool, folds, seed=seed, validation_share=validation)
        return {_beside(out, f"fold{number}"): split for number, split in enumerate(made, start=1)}
    if by_set:
        left_out = leave_one_set_out(pool, seed=seed, validation_share=validation)
        return {_beside(out, f"without-{name}"): split for name, split in left_out.items()}
    share = DEFAULT_SHARE if test is None else test
    return {out: split_dataset(pool, seed=seed, validation_share=validation, test_share=share)}


def _beside(out: Path, which: str) -> Path:
    return out.with_name(f"{out.stem}-{which}{out.suffix}")


def _dealt_anew(pool: Pool, *, halves_kept: bool) -> list[str]:
    """Say that a test half was not kept, where there is one."""
    from crackscope.datasets.splitting import in_test_halves

    count = 0 if halves_kept else in_test_halves(pool)
    return [
        f"{count:,} pictures lie in a folder named as a test half and were dealt like the others; give only"
        " the folder with the training half to keep them out."
    ] * bool(count)


def _without_masks(pool: Pool) -> list[str]:
    """Say who takes the cracked pictures that have no mask, where there are such."""
    return [
        f"{pool.unmasked_cracks:,} cracked pictures have no mask: classifiers learn from them and are judged"
        " by them, everything else passes them over."
    ] * bool(pool.unmasked_cracks)


def _document(pool: Pool, splits: dict[Path, Split]) -> dict[str, Any]:
    largest = max((len(group) for group in _by_group(pool.samples)), default=0)
    return {
        "schema": "crackscope.split",
        "schema_version": 1,
        "pictures": len(pool.samples),
        "groups": len(pool.groups),
        "groups_joining_sources": pool.joined,
        "pictures_in_largest_group": largest,
        "cracked_without_mask": pool.unmasked_cracks,
        "splits": [{"file": str(path), "parts": _parts(pool, split)} for path, split in splits.items()],
        "left_out": list(pool.left_out),
    }


def _by_group(samples: Iterable[Sample]) -> Iterable[list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(sample.together, []).append(sample)
    return groups.values()


def _parts(pool: Pool, split: Split) -> list[dict[str, Any]]:
    rows = []
    for part, samples in split.parts():
        by_set: dict[str, list[Sample]] = {}
        for sample in samples:
            by_set.setdefault(sample.set_name, []).append(sample)
        rows += [_row(pool, part, name, own) for name, own in sorted(by_set.items())]
    return rows


def _row(pool: Pool, part: str, set_name: str, samples: Sequence[Sample]) -> dict[str, Any]:
    shown = [pool.shown[sample.image] for sample in samples]
    widths = [each.width_px for each in shown if each.width_px is not None]
    return {
        "part": part,
        "set": set_name,
        "pictures": len(samples),
        "crack_free": sum(not each.cracked for each in shown),
        "median_width_px": round(median(widths), 2) if widths else None,
    }


def _text(document: dict[str, Any]) -> str:
    blocks = []
    for split in document["splits"]:
        rows = [
            [
                row["part"],
                row["set"],
                row["pictures"],
                f"{row['crack_free'] / row['pictures']:.0%}",
                None if row["median_width_px"] is None else f"{row['median_width_px']:.1f} px",
            ]
            for row in split["parts"]
        ]
        blocks.append(f"{split['file']}\n{text_table(_HEADER, rows, right=_HEADER[2:])}")
    blocks.append(
        f"{document['pictures']:,} pictures in {document['groups']:,} groups;"
        f" groups of several source photos that show the same: {document['groups_joining_sources']:,};"
        f" largest group: {document['pictures_in_largest_group']:,} pictures"
    )
    blocks.append(f"next: crackscope train segment-light --data {shlex.quote(document['splits'][0]['file'])}")
    return "\n\n".join(blocks)
