"""Splits of a pool of pictures: one, k folds, or one for each set left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from crackscope.datasets.layouts.words import CRACK_FREE_PREFIX, TEST
from crackscope.datasets.pool import Pool
from crackscope.datasets.sample import Sample
from crackscope.datasets.split import Split, split_by_source
from crackscope.errors import DatasetError


def split_dataset(pool: Pool, *, seed: int, validation_share: float, test_share: float) -> Split:
    """Deal a pool into training, validation and test part.

    In every set each part has its share of the crack-free pictures and of every width band. Where the folders
    name a validation or test half, that is the part; see `split_by_source`.

    Parameters
    ----------
    pool : Pool
    seed : int
    validation_share, test_share : float
        Of each set's pictures, 0…1.

    Returns
    -------
    Split
    """
    return _dealt(pool, pool.samples, seed, validation_share, test_share)


def k_folds(pool: Pool, folds: int, *, seed: int, validation_share: float) -> tuple[Split, ...]:
    """Make splits whose test parts together are the whole pool, each group in exactly one.

    The halves that folders name are not kept: every picture is tested on once.

    Parameters
    ----------
    pool : Pool
    folds : int
        At least 2.
    seed : int
    validation_share : float
        Of what is not in the fold's test part.

    Returns
    -------
    tuple of Split

    Raises
    ------
    DatasetError
        If there are fewer groups than folds.
    """
    if not 2 <= folds <= len(pool.groups):
        raise DatasetError(
            f"{folds} folds cannot be made of {len(pool.groups)} groups of pictures; there must be 2 folds or"
            " more, and a group for each."
        )
    held_out: list[set[str]] = []
    rest = _without_halves(pool)
    for left in range(folds, 0, -1):
        split = _dealt(pool, rest, seed, 0.0, 1 / left)
        held_out.append({sample.together for sample in split.test})
        rest = [*split.train, *split.validation]
    if not all(held_out):
        raise DatasetError(
            f"{folds} folds of groups this large would leave one empty; make fewer, or add pictures."
        )
    return tuple(_holding_out(pool, groups, seed, validation_share) for groups in held_out)


def leave_one_set_out(pool: Pool, *, seed: int, validation_share: float) -> dict[str, Split]:
    """Make one split for each set, with that set as test part.

    The crack-free pictures ``noncrack_NAME`` are of the set ``NAME``, where there is one.

    Pictures of other sets that are of a group with one of that set go to the test part with it. The halves
    that folders name are not kept.

    Parameters
    ----------
    pool : Pool
    seed : int
    validation_share : float
        Of what is not in the test part.

    Returns
    -------
    dict of str to Split
        By the name of the set, sorted.

    Raises
    ------
    DatasetError
        If there is only one set, or nothing is left to train on without one of them.
    """
    given = {sample.set_name for sample in pool.samples}
    home = {
        name: base if (base := name.removeprefix(f"{CRACK_FREE_PREFIX}_")) in given else name
        for name in given
    }
    set_names = sorted(set(home.values()))
    if len(set_names) < 2:
        raise DatasetError(f"{set_names[0]} is the only set; give further folders, or make folds instead.")
    splits = {}
    for set_name in set_names:
        groups = {sample.together for sample in pool.samples if home[sample.set_name] == set_name}
        if groups == pool.groups:
            raise DatasetError(
                f"{set_name}: all other sets show the same photos, so without it nothing is left to train on;"
                " give further folders."
            )
        splits[set_name] = _holding_out(pool, groups, seed, validation_share)
    return splits


def _dealt(
    pool: Pool, samples: Iterable[Sample], seed: int, validation_share: float, test_share: float
) -> Split:
    return split_by_source(
        samples,
        seed=seed,
        validation_share=validation_share,
        test_shares=dict.fromkeys({sample.set_name for sample in pool.samples}, test_share),
        strata=lambda sample: pool.shown[sample.image].band,
    )


def _without_halves(pool: Pool) -> list[Sample]:
    return [replace(sample, part=None) for sample in pool.samples]


def _holding_out(pool: Pool, groups: Collection[str], seed: int, validation_share: float) -> Split:
    """Test on these groups, and deal the rest into training and validation."""
    samples = _without_halves(pool)
    tested = tuple(sample for sample in samples if sample.together in groups)
    rest = [sample for sample in samples if sample.together not in groups]
    return replace(_dealt(pool, rest, seed, validation_share, 0.0), test=tested)


def in_test_halves(pool: Pool) -> int:
    """Count the pictures that lie in a test half, which folds and left-out sets do not keep."""
    return sum(sample.part == TEST for sample in pool.samples)
