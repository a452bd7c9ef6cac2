"""``crackscope evaluate``: how well a model finds cracks, on pictures whose cracks are known."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.evaluate_request import Judge, Request
from crackscope.cli.options import data_option, seed_option, threads_option
from crackscope.cli.progress import ProgressBar
from crackscope.engine.session import DEFAULT_ENGINE, ENGINES
from crackscope.errors import DatasetError
from crackscope.whole_file import make_folder, whole_file

if TYPE_CHECKING:
    from crackscope.datasets import Sample

TEST, ALL = "test", "all"
PARTS = ("train", "validation", TEST)

JUDGES = {
    "segment": "crackscope.cli.evaluate_segmentation",
    "classify": "crackscope.cli.evaluate_classification",
    "detect": "crackscope.cli.evaluate_instances",
}
"""By the model's task; each module holds a `Judge` under the name ``JUDGE``."""

HELP = """Measure how well MODEL finds cracks, on pictures whose cracks are known.

MODEL is a shipped model's name, a model file, a checkpoint (.ckpt) or a training run's folder; its task says
how it is judged. A segmentation model is judged at native resolution against untouched masks. A
classification model is judged picture by picture, also on class folders without masks, or with --patches on
patches that their masks call cracked or crack-free. A detection model is judged crack by crack with COCO's
figures; so is a segmentation model with --as-instances. Every figure comes with a 95 % interval over source
photos. Of a split's CSV file its test part is judged, of a folder every picture; --part changes that.

\b
Examples:
  crackscope evaluate crack-light --data sets/deepcrack_test
  crackscope evaluate model.onnx --data sets/walls --data sets/noncrack --out figures.json
  crackscope evaluate runs/walls --data split.csv
  crackscope evaluate runs/walls --data sets/walls --limit 20
  crackscope evaluate classifier.onnx --data sets/tiles --mistakes mistakes.jpg
  crackscope evaluate classifier.onnx --data sets/walls --patches 224
  crackscope evaluate detector.onnx --data sets/walls
  crackscope evaluate crack-light --data sets/walls --as-instances
"""

_BY_DEFAULT = "test of splits, all of folders"


@click.command("evaluate", help=HELP)
@click.argument("model")
@data_option(required=True)
@click.option(
    "--part",
    type=click.Choice([*PARTS, ALL]),
    help="Judge this part or half only.  [default: test of a split's file, all of a folder]",
)
@click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), help="At most N pictures of each set, evenly spread."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the JSON document here, too.",
)
@click.option("--engine", default=DEFAULT_ENGINE, show_default=True, type=click.Choice(list(ENGINES)))
@threads_option(of="engine")
@click.option(
    "--threshold",
    metavar="P",
    type=click.FloatRange(0, 1, min_open=True),
    help="Crack from this probability on, instead of the model's own threshold.",
)
@click.option(
    "--patches",
    "patch_px",
    metavar="N",
    type=click.IntRange(min=32),
    help="Judge a classifier on patches of N×N px where there are masks.",
)
@click.option(
    "--mistakes",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw a classifier's worst mistakes into this JPEG.",
)
@click.option(
    "--as-instances",
    is_flag=True,
    help="Judge a segmentation model by its single cracks, as a detection model is.",
)
@seed_option(of="intervals")
def command(
    *,
    model: str,
    folders: tuple[Path, ...],
    part: str | None,
    limit: int | None,
    as_json: bool,
    out: Path | None,
    engine: str,
    threads: int | None,
    threshold: float | None,
    patch_px: int | None,
    mistakes: Path | None,
    as_instances: bool,
    seed: int,
) -> int:
    """Evaluate, show, and write."""
    from crackscope.datasets import find_samples
    from crackscope.evaluation.model_task import task_of_model

    for path in (out, mistakes):
        if path is not None:
            make_folder(path.parent, of=path)  # better to fail before the work than after it
    task = task_of_model(model)
    if as_instances and task != "segment":
        raise click.UsageError(
            f"--as-instances is for segmentation models, not for the task '{task}'; leave it away."
        )
    judge: Judge = import_module(JUDGES["detect" if as_instances else task]).JUDGE
    for option, given in (("--patches", patch_px), ("--mistakes", mistakes)):
        if given is not None and option not in judge.options:
            raise click.UsageError(
                f"{option} has no meaning for a model for the task '{task}'; leave it away."
            )
    found = find_samples(folders, unmasked_cracks=judge.unmasked_cracks)
    chosen, judged_part = _of_part(found, part)
    samples = _spread(chosen, limit)
    with ProgressBar(total=len(samples), unit="picture", label="evaluating") as bar:
        request = Request(
            model=model,
            samples=samples,
            part=judged_part,
            engine=engine,
            threads=threads,
            threshold=threshold,
            seed=seed,
            patch_px=patch_px,
            mistakes=mistakes,
            as_instances=as_instances,
            progress=lambda _: bar.advance(),
        )
        verdict = judge.judge(request)
    document = verdict.document
    facts = verdict.facts
    seen = {sample.set_name for sample in samples if facts.sources is None or sample.source in facts.sources}
    known = sorted(facts.learnt_from & seen)
    document["model"]["judged_on_sets_it_learnt_from"] = known
    document["protocol"]["part"] = judged_part
    if limit is not None:
        document["protocol"]["limit_per_set"] = limit
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    if out is not None:
        with whole_file(out) as temporary:
            temporary.write_text(text + "\n", "utf-8")
    click.echo(text if as_json else verdict.text)
    for name in known:
        click.echo(
            f"{name}: the model learnt from a set of this name; unless these pictures were held back, the"
            " figures are too good. Judge it on others.",
            err=True,
        )
    for failure in verdict.failures:
        click.echo(failure.reason, err=True)
    return exit_status.SOME_FAILED if verdict.failures else exit_status.ALL_DONE


def _of_part(samples: list[Sample], part: str | None) -> tuple[list[Sample], str]:
    """Choose the samples to judge, and name the part they are.

    Raises
    ------
    DatasetError
        If there are none.
    """
    if part is None:
        settled = {sample.settled for sample in samples}
        named = _BY_DEFAULT if len(settled) > 1 else TEST if True in settled else ALL
        chosen = [sample for sample in samples if not sample.settled or sample.part == TEST]
    else:
        named = part
        chosen = [sample for sample in samples if part in (ALL, sample.part)]
    if samples and not chosen:
        raise DatasetError(
            f"None of {len(samples)} pictures is in the {named} part; choose another with --part, or split"
            " again."
        )
    return chosen, named


def _spread(samples: list[Sample], limit: int | None) -> list[Sample]:
    """Take at most `limit` samples of each set, evenly spread over its order of names."""
    if limit is None:
        return samples
    by_set: dict[str, list[Sample]] = {}
    for sample in samples:
        by_set.setdefault(sample.set_name, []).append(sample)
    return [
        group[position * len(group) // count]
        for group in by_set.values()
        for count in [min(limit, len(group))]
        for position in range(count)
    ]
