"""Choose what a finished run's validation pictures decide, whatever its task, and note it in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crackscope.datasets.sample import Sample
from crackscope.evaluation.classification.freeze import FEWEST_CRACKED, MISSED_SHARE, freeze_classifier
from crackscope.evaluation.classification.predictors import checkpoint_functions
from crackscope.evaluation.freeze import Frozen, freeze
from crackscope.evaluation.instances.freeze import MASK_THRESHOLDS, freeze_detector
from crackscope.evaluation.instances.predictors import checkpoint_find
from crackscope.training.checkpoint import load_checkpoint_predictor
from crackscope.training.recipe import CLASSIFY, DETECT, SEGMENT
from crackscope.training.run_files import FROZEN, write_json
from crackscope.training.run_folder import RunFolder
from crackscope.training.samples import showing_true_widths

FEW_PICTURES = 10
"""Fewer validation pictures than this, with cracks or without, choose a threshold or filter by chance."""

Watch = Callable[[int], AbstractContextManager[Callable[[Sample], None]]]
"""From how many looks at pictures will be taken to something that is told of each."""


@dataclass(frozen=True, slots=True)
class FrozenRun:
    """What was chosen, as plain values and as people read it.

    Parameters
    ----------
    document : mapping
        Plain JSON values for the run folder.
    header : tuple of str
        Of a table of the figures that spoke for the choice.
    rows : tuple of tuples of str
    notes : tuple of str
        One sentence each.
    """

    document: Mapping[str, Any]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


def freeze_run(
    run: RunFolder, checkpoint: Path, *, watch: Watch = lambda _: nullcontext(lambda _: None)
) -> FrozenRun:
    """Freeze what a run's validation pictures decide, and write it into the run folder.

    Parameters
    ----------
    run : RunFolder
    checkpoint : Path
        For which it is chosen.
    watch : callable
        Told of each look at a picture.

    Returns
    -------
    FrozenRun

    Raises
    ------
    CrackscopeError
        If a picture, the checkpoint or the folder refuses.
    """
    frozen = _BY_TASK[run.recipe.task](run, checkpoint, watch)
    write_json(run.path / FROZEN, {"checkpoint": checkpoint.name, **frozen.document})
    return frozen


def _segmentation(run: RunFolder, checkpoint: Path, watch: Watch) -> FrozenRun:
    """Choose threshold, temperature and crack filter on the pictures whose masks show true widths."""
    validation = run.split().validation
    crack_free = [sample for sample in validation if sample.mask is None]
    samples = [*showing_true_widths(validation, run.recipe), *crack_free]
    with watch(3 * len(samples)) as looked_at:
        frozen = freeze(
            load_checkpoint_predictor(checkpoint),
            samples,
            set_weights={name: own.weight_in_freezing for name, own in run.recipe.data.sets.items()},
            progress=looked_at,
        )
    rows = [(name, f"{f1:.3f}") for name, f1 in sorted(frozen.f1_by_set.items())]
    rows.append(("mean, sets by their say", f"{frozen.mean_f1:.3f}"))
    return FrozenRun(frozen.to_document(), ("validation set", "F1"), tuple(rows), tuple(_notes(frozen)))


def _notes(frozen: Frozen) -> list[str]:
    notes = [f"threshold {frozen.threshold:.3f}, temperature {frozen.temperature:.2f}"]
    if min(frozen.pictures - frozen.crack_free, frozen.crack_free) < FEW_PICTURES:
        notes.append(
            f"chosen on {frozen.pictures} pictures, {frozen.crack_free} of them crack-free: too few to rely"
            " on threshold and crack filter; add pictures of both kinds, or raise data.validation_share"
        )
    return notes


def _classification(run: RunFolder, checkpoint: Path, watch: Watch) -> FrozenRun:
    """Choose threshold, temperature and sure_below on all validation pictures."""
    samples = run.split().validation
    probability, probabilities, side_px = checkpoint_functions(checkpoint)
    with watch(len(samples)) as looked_at:
        frozen = freeze_classifier(
            probability,
            probabilities,
            samples,
            side_px=side_px,
            min_crack_px=run.recipe.data.min_crack_px,
            set_weights={name: own.weight_in_freezing for name, own in run.recipe.data.sets.items()},
            progress=looked_at,
        )
    rows = [(name, f"{right:.3f}", "") for name, right in sorted(frozen.accuracy_by_set.items())]
    rows.append(("together, sets by their say", f"{frozen.accuracy:.3f}", f"{frozen.f1:.3f}"))
    notes = [
        f"threshold {frozen.threshold:.3f}, temperature {frozen.temperature:.2f}, AUROC {frozen.auroc:.4f}",
    ]
    if frozen.sure_below is None:
        notes.append(
            f"{frozen.cracked_pictures} cracked pictures are too few to say when a photo is surely"
            f" crack-free: the model cannot screen; have {FEWEST_CRACKED} or more for validation"
        )
    else:
        notes.append(
            f"surely crack-free below {frozen.sure_below:.3g}: {frozen.screened_share:.1%} of the crack-free"
            f" pictures, {frozen.missed_share:.1%} of {frozen.cracked_pictures} cracked ones"
        )
    if frozen.sure_below is not None and frozen.cracked_pictures * MISSED_SHARE < 1:
        notes.append(
            f"{frozen.cracked_pictures} cracked pictures are too few to promise that only"
            f" {MISSED_SHARE:.1%} fall below; add some, or raise data.validation_share"
        )
    return FrozenRun(frozen.to_document(), ("validation set", "accuracy", "F1"), tuple(rows), tuple(notes))


def _detection(run: RunFolder, checkpoint: Path, watch: Watch) -> FrozenRun:
    """Choose the score threshold on the pictures whose masks show true widths."""
    validation = run.split().validation
    crack_free = [sample for sample in validation if sample.mask is None]
    samples = [*showing_true_widths(validation, run.recipe), *crack_free]
    with watch(len(samples)) as looked_at:
        frozen = freeze_detector(
            checkpoint_find(checkpoint, mask_thresholds=MASK_THRESHOLDS),
            samples,
            set_weights={name: own.weight_in_freezing for name, own in run.recipe.data.sets.items()},
            progress=looked_at,
        )
    rows = [(name, f"{f1:.3f}") for name, f1 in frozen.f1_by_set.items()]
    rows.append(("mean, sets by their say", f"{frozen.mean_f1:.3f}"))
    notes = [
        f"score threshold {frozen.threshold:.2f}, mask threshold {frozen.mask_threshold:g}, mask mAP"
        f" {frozen.mask_map:.3f}, AP at IoU 0.50 {frozen.mask_ap50:.3f}",
        f"a crack found on {frozen.false_alarm_share:.1%} of {frozen.crack_free} crack-free pictures",
    ]
    if frozen.pictures - frozen.crack_free < FEW_PICTURES:
        notes.append(
            f"chosen on {frozen.cracks} cracks of {frozen.pictures - frozen.crack_free} pictures: too few to"
            " rely on; add pictures, or raise data.validation_share"
        )
    header = ("validation set", "F1 of cracks")
    return FrozenRun(frozen.to_document(), header, tuple(rows), tuple(notes))


_BY_TASK: dict[str, Callable[[RunFolder, Path, Watch], FrozenRun]] = {
    SEGMENT: _segmentation,
    CLASSIFY: _classification,
    DETECT: _detection,
}
