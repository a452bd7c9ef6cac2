"""Divide samples into training, validation and test parts, by source photo."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crackscope.datasets.layouts.words import TEST, TRAIN, VALIDATION
from crackscope.datasets.sample import Sample

PARTS = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True, slots=True)
class Split:
    """Samples by part; no source photo and no group is in two parts."""

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]

    def parts(self) -> Iterator[tuple[str, tuple[Sample, ...]]]:
        """Yield each part's name and samples, in the order of `PARTS`."""
        yield TRAIN, self.train
        yield VALIDATION, self.validation
        yield TEST, self.test


def split_by_source(
    samples: Iterable[Sample],
    *,
    seed: int,
    validation_share: float,
    test_shares: Mapping[str, float] | None = None,
    strata: Callable[[Sample], str] | None = None,
) -> Split:
    """Divide the samples of every set by source photo, or by the group of sources that a sample names.

    The groups of a set are put in an order that depends on the seed and on their names alone, then dealt:
    first to the test part, then to validation, until each holds its share of the set's pictures; the rest
    is for training. A picture added later moves no group that comes before it.

    With strata each stratum of a set is dealt by itself, small ones first, and what a stratum gave too little
    or too much is made up for by the next, so that the set's share is right to within one group. A group is
    of the stratum that most of its pictures are of. A group with pictures in several sets is dealt with the
    first of them and counts in all; where there are many such, the shares of the others are less exact.

    What already has a part is not dealt: samples of a manifest, and those that lie in a validation or test
    half. Such a half takes the place of the share in its set, and the other shares are of what is left. What
    shares a source or group with them goes with them; of several parts, with the one that training sees
    least of.

    Parameters
    ----------
    samples : iterable of Sample
    seed : int
    validation_share : float
        Share of each set's pictures for validation, 0…1.
    test_shares : mapping, optional
        Share held back for testing, by set name; 0 where not named.
    strata : callable, optional
        Names the stratum of a sample inside its set.

    Returns
    -------
    Split
    """
    ordered = sorted(samples)
    units = _units(ordered, seed, strata or (lambda _: ""))
    halves: dict[str, set[str]] = defaultdict(set)
    for sample in ordered:
        if sample.part is not None:
            halves[sample.set_name].add(sample.part)
    parts: dict[str, list[Sample]] = {part: [] for part in PARTS}
    for set_name, present in sorted(_by_set(units).items()):
        shares = {TEST: (test_shares or {}).get(set_name, 0.0), VALIDATION: validation_share}
        shares |= dict.fromkeys(halves[set_name] & shares.keys(), 0.0)
        own = [unit for unit in present if unit.home == set_name]
        _deal(set_name, present, shares)
        for unit in own:
            assert unit.part is not None, "all units of a set have been dealt"
            parts[unit.part] += unit.samples
    return Split(*(tuple(parts[part]) for part in PARTS))


@dataclass(slots=True)
class _Unit:
    """Samples that must not be parted, and where they go."""

    samples: list[Sample]
    stratum: str
    part: str | None
    fixed: bool
    pictures: Counter[str]  # by set

    @property
    def home(self) -> str:
        """The set that it is dealt with."""
        return self.samples[0].set_name


def _units(ordered: Iterable[Sample], seed: int, strata: Callable[[Sample], str]) -> list[_Unit]:
    """Bring together what belongs together, in the order of dealing."""
    members: dict[str, list[Sample]] = defaultdict(list)
    for sample in ordered:
        members[sample.together].append(sample)
    units = []
    for name in sorted(members, key=lambda name: _order(name, seed)):
        own = members[name]
        part = _fixed_part(own)
        counts = Counter(strata(sample) for sample in own if sample.set_name == own[0].set_name)
        stratum = min(counts, key=lambda each: (-counts[each], each))
        pictures = Counter(sample.set_name for sample in own)
        units.append(_Unit(own, stratum, part, part is not None, pictures))
    return units


def _fixed_part(samples: Iterable[Sample]) -> str | None:
    named = {sample.part for sample in samples if sample.settled or sample.part != TRAIN}
    return next((part for part in (TEST, VALIDATION, TRAIN) if part in named), None)


def _by_set(units: Iterable[_Unit]) -> dict[str, list[_Unit]]:
    by_set: dict[str, list[_Unit]] = defaultdict(list)
    for unit in units:
        for set_name in unit.pictures:
            by_set[set_name].append(unit)
    return by_set


def _deal(set_name: str, present: Iterable[_Unit], shares: Mapping[str, float]) -> None:
    """Give a part to each unit of a set that has none; those dealt with an earlier set count."""
    strata: dict[str, list[_Unit]] = defaultdict(list)
    owed = dict.fromkeys(shares, 0.0)
    for unit in present:
        if unit.part is None:
            strata[unit.stratum].append(unit)
        elif not unit.fixed:
            for part, share in shares.items():
                owed[part] += unit.pictures[set_name] * (share - (unit.part == part))
    amounts = {name: sum(unit.pictures[set_name] for unit in own) for name, own in strata.items()}
    for name in sorted(strata, key=lambda name: (amounts[name], name)):
        wanted = {part: amounts[name] * share + owed[part] for part, share in shares.items()}
        dealt = dict.fromkeys(shares, 0)
        for unit in strata[name]:
            size = unit.pictures[set_name]
            unit.part = next((part for part in shares if dealt[part] + size / 2 <= wanted[part]), TRAIN)
            if unit.part != TRAIN:
                dealt[unit.part] += size
        owed = {part: wanted[part] - dealt[part] for part in shares}


def _order(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogateescape")).digest()


def count_by_set(samples: Sequence[Sample]) -> dict[str, int]:
    """Count samples by set name, sorted by name."""
    return dict(sorted(Counter(sample.set_name for sample in samples).items()))
