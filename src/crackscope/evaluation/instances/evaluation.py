"""What an evaluation of single cracks found, and its JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crackscope.evaluation.document import document_head, figures_document, interval_document
from crackscope.evaluation.evaluation import MASK_RULE
from crackscope.evaluation.figures import Figure
from crackscope.evaluation.samples import Failure
from crackscope.training.instance_matching import IOUS, MOST_FOUND

SCHEMA = "crackscope.evaluation.instances"
SCHEMA_VERSION = 1
TRUTH_RULE = (
    "single cracks: touching crack pixels, joined across short gaps where ends point at each other, of 12 px"
    " or more"
)


@dataclass(frozen=True, slots=True)
class InstanceGroup:
    """The figures of one set, or of all together.

    Parameters
    ----------
    name : str
    pictures, cracked, sources : int
        Pictures judged, those with a crack pixel in their truth, and the photos they were cut from.
    cracks : int
        True cracks, one by one.
    figures : mapping of Figure
        By the names of `crackscope.evaluation.instances.figures`.
    """

    name: str
    pictures: int
    cracked: int
    sources: int
    cracks: int
    figures: Mapping[str, Figure]

    @property
    def crack_free(self) -> int:
        """Pictures without a crack pixel in their truth."""
        return self.pictures - self.cracked


@dataclass(frozen=True, slots=True)
class InstanceEvaluation:
    """What `evaluate_instances` found.

    Parameters
    ----------
    sets : tuple of InstanceGroup
        Sorted by name.
    overall : InstanceGroup
        All pictures together; equal to the one set where there is only one.
    mean_over_sets : mapping of Figure
        The plain mean over sets with cracks.
    threshold : float
        Of the score, for the figures that need one.
    seed, replicates : int
        Of the bootstrap.
    failures : tuple of Failure
    """

    sets: tuple[InstanceGroup, ...]
    overall: InstanceGroup
    mean_over_sets: Mapping[str, Figure]
    threshold: float
    seed: int
    replicates: int
    failures: tuple[Failure, ...] = ()

    def to_document(self, *, model: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return plain JSON values: schema, protocol, figures with intervals, failures.

        Undefined figures are null. The document is described in ``docs/instances.md``.

        Parameters
        ----------
        model : mapping, optional
            What was evaluated, put into the document as it is.
        """
        return {
            **document_head(SCHEMA, SCHEMA_VERSION, model=model),
            "protocol": {
                "threshold": self.threshold,
                "masks": MASK_RULE,
                "truth": TRUTH_RULE,
                "ious": IOUS.round(2).tolist(),
                "most_found": MOST_FOUND,
                "interval": interval_document(seed=self.seed, replicates=self.replicates),
            },
            "sets": [_group_document(each) for each in self.sets],
            "overall": _group_document(self.overall),
            "mean_over_sets": figures_document(self.mean_over_sets),
            "failures": [asdict(each) for each in self.failures],
        }


def _group_document(group: InstanceGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "pictures": group.pictures,
        "cracked": group.cracked,
        "crack_free": group.crack_free,
        "cracks": group.cracks,
        "sources": group.sources,
        "figures": figures_document(group.figures),
    }
