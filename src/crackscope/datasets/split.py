"""Divide samples into training, validation and test parts, by source photo."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.sample import Sample
from crackscope.errors import DatasetError
from crackscope.whole_file import whole_file

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Split:
    """Samples by part; no source photo is in two parts."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]

    def write_csv(self, path: Path) -> None:
        """Write one row per sample: part, set, source, picture."""
        with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("part", "set", "source", "picture"))
            for part in PARTS:
                writer.writerows((part, s.set_name, s.source, s.key) for s in getattr(self, part))


def read_split_csv(path: Path) -> list[tuple[str, str]]:
    """Read what `Split.write_csv` wrote: (part, source) of every sample.

    Raises
    ------
    DatasetError
        If the file cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [(row["part"], row["source"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read as a split; train again.") from error


def split_by_source(
    samples: Iterable[Sample],
    *,
    seed: int,
    validation_share: float,
    test_shares: Mapping[str, float] | None = None,
) -> Split:
    """Divide the samples of every set by source photo.

    The sources of a set are put in an order that depends on the seed and on their names alone, then dealt:
    first to the test part, then to validation, until each holds its share of the set's pictures; the rest
    is for training. A picture added later moves no source that comes before it.

    Parameters
    ----------
    samples : iterable of Sample
    seed : int
    validation_share : float
        Share of each set's pictures for validation, 0…1.
    test_shares : mapping, optional
        Share held back for testing, by set name; 0 where not named.

    Returns
    -------
    Split
    """
    by_set: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in sorted(samples):
        by_set[sample.set_name][sample.source].append(sample)
    parts: dict[str, list[Sample]] = {part: [] for part in PARTS}
    for set_name, sources in sorted(by_set.items()):
        pictures = sum(len(group) for group in sources.values())
        wanted = {
            "test": pictures * (test_shares or {}).get(set_name, 0.0),
            "validation": pictures * validation_share,
        }
        dealt = dict.fromkeys(wanted, 0)
        for source in sorted(sources, key=lambda name: _order(name, seed)):
            group = sources[source]
            part = next(
                (p for p in ("test", "validation") if dealt[p] + len(group) / 2 <= wanted[p]), "train"
            )
            if part != "train":
                dealt[part] += len(group)
            parts[part] += group
    return Split(*(tuple(parts[part]) for part in PARTS))


def _order(source: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{source}".encode()).digest()


def count_by_set(samples: Sequence[Sample]) -> dict[str, int]:
    """Count samples by set name, sorted by name."""
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        counts[sample.set_name] += 1
    return dict(sorted(counts.items()))
