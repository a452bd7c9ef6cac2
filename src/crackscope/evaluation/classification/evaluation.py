"""What an evaluation of a classifier found, and its JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.classification.figures import CONFUSION, FIGURES
from crackscope.evaluation.document import (
    bins_document,
    document_head,
    figures_document,
    interval_document,
)
from crackscope.evaluation.figures import Figure
from crackscope.evaluation.samples import Failure
from crackscope.evaluation.threshold_curve import BestThreshold
from crackscope.imaging.box import Box

SCHEMA = "crackscope.classification"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer.

    Parameters
    ----------
    name : str
        The picture's, and the patch's place in it.
    image : Path
    box : Box, optional
        The patch; None for the whole picture.
    cracked : bool
        The truth.
    probability : float
    """

    name: str
    image: Path
    box: Box | None
    cracked: bool
    probability: float


@dataclass(frozen=True, slots=True)
class ClassificationGroup:
    """The figures of one set, or of all together.

    Parameters
    ----------
    name : str
    pictures : int
    whole : bool
        Whether pictures were judged as wholes; of all together, in every set.
    judged, cracked, left_out : int
        Pictures or patches judged, those of them that are cracked, and the patches that show too little of a
        crack to be either.
    sources : int
        The photos that the pictures were cut from.
    figures : mapping of Figure
        By the names of `FIGURES` and `CONFUSION`.
    reliability : Reliability
        The bins behind the calibration error, of answers instead of pixels.
    oracle : BestThreshold or None
        The best threshold for these very answers. Stands beside the frozen one, never alone.
    """

    name: str
    pictures: int
    whole: bool
    judged: int
    cracked: int
    left_out: int
    sources: int
    figures: Mapping[str, Figure]
    reliability: Reliability
    oracle: BestThreshold | None

    @property
    def crack_free(self) -> int:
        """Pictures or patches that are crack-free."""
        return self.judged - self.cracked


@dataclass(frozen=True, slots=True)
class ClassificationEvaluation:
    """What `evaluate_classifier` found.

    Parameters
    ----------
    sets : tuple of ClassificationGroup
        Sorted by name.
    overall : ClassificationGroup
        All together.
    threshold : float
    sure_below : float, optional
    patch_px, min_crack_px : int, optional
        How pictures with masks were cut; None where they were judged whole.
    seed, replicates : int
        Of the bootstrap.
    mistakes : tuple of Mistake
        The worst, the most confident first.
    failures : tuple of Failure
    """

    sets: tuple[ClassificationGroup, ...]
    overall: ClassificationGroup
    threshold: float
    sure_below: float | None
    patch_px: int | None
    min_crack_px: int | None
    seed: int
    replicates: int
    mistakes: tuple[Mistake, ...]
    failures: tuple[Failure, ...] = ()

    def to_document(self, *, model: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return plain JSON values: schema, protocol, figures with intervals, mistakes, failures.

        Undefined figures are null. The document is described in ``docs/evaluation.md``.

        Parameters
        ----------
        model : mapping, optional
            What was evaluated, put into the document as it is.
        """
        return {
            **document_head(SCHEMA, SCHEMA_VERSION, model=model),
            "protocol": {
                "threshold": self.threshold,
                "sure_below": self.sure_below,
                "patch_px": self.patch_px,
                "min_crack_px": self.min_crack_px,
                "interval": interval_document(seed=self.seed, replicates=self.replicates),
            },
            "sets": [_group_document(each) for each in self.sets],
            "overall": _group_document(self.overall),
            "mistakes": [_mistake_document(each) for each in self.mistakes],
            "failures": [asdict(each) for each in self.failures],
        }


def _group_document(group: ClassificationGroup) -> dict[str, Any]:
    oracle = group.oracle
    return {
        "name": group.name,
        "pictures": group.pictures,
        "whole": group.whole,
        "judged": group.judged,
        "cracked": group.cracked,
        "crack_free": group.crack_free,
        "left_out": group.left_out,
        "sources": group.sources,
        "figures": figures_document({kind.name: group.figures[kind.name] for kind in FIGURES}),
        "confusion": figures_document({name: group.figures[name] for name in CONFUSION}),
        "calibration": bins_document(group.reliability, counted="judged", share="cracked_share"),
        "oracle": None if oracle is None else {"threshold": oracle.threshold, "f1": oracle.f1},
    }


def _mistake_document(mistake: Mistake) -> dict[str, Any]:
    return {
        "name": mistake.name,
        "image": str(mistake.image),
        "box": None if mistake.box is None else asdict(mistake.box),
        "cracked": mistake.cracked,
        "probability": mistake.probability,
    }
