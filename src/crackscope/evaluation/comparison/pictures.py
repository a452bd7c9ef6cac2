"""The pictures that runs may be compared on: the same for all, and learnt from by none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crackscope.datasets.sample import Sample
from crackscope.errors import DatasetError
from crackscope.evaluation.comparison.entrants import Entrant
from crackscope.evaluation.comparison.judge import Judge
from crackscope.training.samples import choose_validation

Find = Callable[[tuple[Path, ...]], list[Sample]]
TEST = "test"
_CRACK_FREE_SHARE = 5
"""One picture of so many that are shown is crack-free, where there are some."""


@dataclass(frozen=True, slots=True)
class LearntFrom:
    """A run that learnt from pictures it is judged on."""

    run: str
    sets: tuple[str, ...]
    pictures: int

    def sentence(self) -> str:
        """Say so, and what follows."""
        return (
            f"{self.run}: learnt from {self.pictures} of these pictures ({', '.join(self.sets)}); its figures"
            " are too good. Compare on others."
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """What is judged on.

    Parameters
    ----------
    samples : tuple of Sample
        The same for every run.
    origin : str
        Which pictures they are, in words.
    chosen_on : bool
        Whether the runs' thresholds were chosen on them.
    learnt_from : tuple of LearntFrom
        Empty for validation pictures that runs have in common.
    """

    samples: tuple[Sample, ...]
    origin: str
    chosen_on: bool = False
    learnt_from: tuple[LearntFrom, ...] = ()


def own_validation(entrant: Entrant, find: Find) -> dict[Path, Sample]:
    """Find a run's validation pictures again.

    Parameters
    ----------
    entrant : Entrant
    find : callable
        `Judge.find`.

    Returns
    -------
    dict
        By the picture's resolved path.

    Raises
    ------
    DatasetError
        If they are not where they were.
    """
    found = find(entrant.run.data_folders)
    return {each.image.resolve(): each for each in found if each.source in entrant.validated}


def common_validation(
    entrants: Sequence[Entrant], own: Sequence[Mapping[Path, Sample]], judge: Judge
) -> Basis:
    """Choose the validation pictures that all runs have in common and that none of them learnt from.

    Parameters
    ----------
    entrants : sequence of Entrant
    own : sequence of mapping
        What `own_validation` found for each.
    judge : Judge
        Says which of them are fit to be judged on.

    Returns
    -------
    Basis

    Raises
    ------
    DatasetError
        If no picture is left.
    """
    learnt = frozenset().union(*(each.learnt for each in entrants))
    shared = set(own[0]).intersection(*own[1:])
    # A photo may have one name in a run of folders and another in a run of a split's file.
    unlearnt = [own[0][path] for path in shared if not any(each[path].source in learnt for each in own)]
    fit = judge.fit(unlearnt, [each.run.recipe for each in entrants])
    if not fit:
        raise DatasetError(_nothing_in_common(entrants, shared=len(shared)))
    origin = _origin([len(each) for each in own], len(unlearnt), len(fit))
    return Basis(tuple(sorted(fit)), origin, chosen_on=True)


def given_pictures(folders: Sequence[Path], entrants: Sequence[Entrant], judge: Judge) -> Basis:
    """Find the pictures of folders and of the test parts of splits, and which runs learnt from them.

    Parameters
    ----------
    folders : sequence of Path
        Of datasets, or CSV files of splits.
    entrants : sequence of Entrant
    judge : Judge

    Returns
    -------
    Basis

    Raises
    ------
    DatasetError
        If there is no picture.
    """
    samples = [each for each in judge.find(folders) if not each.settled or each.part == TEST]
    if not samples:
        raise DatasetError(
            f"{', '.join(map(str, folders))}: no picture to compare on; give folders whose cracks are known,"
            " or a split with a test part."
        )
    settled = {each.settled for each in samples}
    which = "test part" if settled == {True} else "all pictures" if settled == {False} else "given pictures"
    seen = [_learnt(entrant, samples) for entrant in entrants]
    origin = f"{which} of {', '.join(map(str, folders))}"
    return Basis(tuple(sorted(samples)), origin, learnt_from=tuple(each for each in seen if each.pictures))


def choose_shown(samples: Sequence[Sample], *, most: int) -> list[Sample]:
    """Choose pictures to be looked at: the sets in turn, evenly spread, one in five of them crack-free.

    Parameters
    ----------
    samples : sequence of Sample
    most : int
        0 chooses none.

    Returns
    -------
    list of Sample
        The same ones for the same samples.
    """
    cracked = [each for each in samples if each.mask is not None or each.unmasked_crack]
    crack_free = [each for each in samples if each.mask is None and not each.unmasked_crack]
    of_free = min(len(crack_free), max(most // _CRACK_FREE_SHARE, most - len(cracked)))
    return [*_spread(cracked, most - of_free), *_spread(crack_free, of_free)]


def _spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Choose evenly; where there are more sets than places, the sets are chosen evenly, too."""
    if most < 1:
        return []
    chosen = choose_validation(samples, most=most)
    if len(chosen) <= most:
        return chosen
    return [chosen[place * len(chosen) // most] for place in range(most)]


def _learnt(entrant: Entrant, samples: Sequence[Sample]) -> LearntFrom:
    known = [each for each in samples if each.source in entrant.learnt]
    return LearntFrom(entrant.name, tuple(sorted({each.set_name for each in known})), len(known))


def _origin(counts: Sequence[int], unlearnt: int, fit: int) -> str:
    of = f"{counts[0]}" if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
    words = (
        f"validation pictures of the run ({of})"
        if len(counts) == 1
        else f"validation pictures that the {len(counts)} runs have in common ({unlearnt} of {of})"
    )
    left_out = unlearnt - fit
    return f"{words}, less {left_out} whose masks show no true widths" if left_out else words


def _nothing_in_common(entrants: Sequence[Entrant], *, shared: int) -> str:
    names = ", ".join(each.name for each in entrants)
    if shared:
        return (
            f"{names}: every one of the {shared} validation pictures that they have in common was learnt from"
            " by one of them; give other pictures with --data."
        )
    return (
        f"{names}: have no validation picture in common (other data, or another seed); give pictures that"
        " none of them learnt from with --data."
    )
