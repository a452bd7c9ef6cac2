"""What an evaluation found, and its JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crackscope.datasets.mask_source import CRACK_FROM
from crackscope.engine.model_card import CrackFilter
from crackscope.evaluation.calibration import Reliability
from crackscope.evaluation.document import (
    bins_document,
    document_head,
    figures_document,
    interval_document,
)
from crackscope.evaluation.figures import Figure
from crackscope.evaluation.samples import Failure
from crackscope.evaluation.threshold_curve import BestThreshold

SCHEMA = "crackscope.evaluation"
SCHEMA_VERSION = 1
MASK_RULE = (
    f"crack where the mask's grey value is at least {CRACK_FROM} of 255, or the brighter of two values; "
    "native resolution, masks untouched"
)


@dataclass(frozen=True, slots=True)
class GroupResult:
    """The figures of one set, or of all together.

    Parameters
    ----------
    name : str
    pictures, cracked, sources : int
        Pictures judged, those with a crack pixel in their truth, and the photos they were cut from.
    figures : mapping of Figure
        By the names of `crackscope.evaluation.figures.FIGURES`.
    calibration_error : float or None
        Expected calibration error, pixel-wise.
    reliability : Reliability
        The bins behind it.
    oracle : BestThreshold or None
        The best threshold for these very pictures. Stands beside the frozen one, never alone.
    """

    name: str
    pictures: int
    cracked: int
    sources: int
    figures: Mapping[str, Figure]
    calibration_error: float | None
    reliability: Reliability
    oracle: BestThreshold | None

    @property
    def crack_free(self) -> int:
        """Pictures without a crack pixel in their truth."""
        return self.pictures - self.cracked


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What `evaluate` found.

    Parameters
    ----------
    sets : tuple of GroupResult
        Sorted by name.
    overall : GroupResult
        All pictures together; equal to the one set where there is only one.
    mean_over_sets : mapping of Figure
        The plain mean over sets with cracks, of the figures named in `AVERAGED_OVER_SETS`.
    threshold : float
    crack_filter : CrackFilter
    seed, replicates : int
        Of the bootstrap.
    failures : tuple of Failure
    """

    sets: tuple[GroupResult, ...]
    overall: GroupResult
    mean_over_sets: Mapping[str, Figure]
    threshold: float
    crack_filter: CrackFilter
    seed: int
    replicates: int
    failures: tuple[Failure, ...] = ()

    def to_document(self, *, model: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return plain JSON values: schema, protocol, figures with intervals, failures.

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
                "crack_filter": asdict(self.crack_filter),
                "masks": MASK_RULE,
                "interval": interval_document(seed=self.seed, replicates=self.replicates),
            },
            "sets": [_group_document(each) for each in self.sets],
            "overall": _group_document(self.overall),
            "mean_over_sets": figures_document(self.mean_over_sets),
            "failures": [asdict(each) for each in self.failures],
        }


def _group_document(group: GroupResult) -> dict[str, Any]:
    return {
        "name": group.name,
        "pictures": group.pictures,
        "cracked": group.cracked,
        "crack_free": group.crack_free,
        "sources": group.sources,
        "figures": figures_document(group.figures),
        "calibration": {
            "expected_error": group.calibration_error,
            "bins": bins_document(group.reliability, counted="pixels", share="crack_share"),
        },
        "oracle": None if group.oracle is None else asdict(group.oracle),
    }
