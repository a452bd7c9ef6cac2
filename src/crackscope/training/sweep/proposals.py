"""Proposals that depend on nothing but the seed, the trial's number and the trials that have ended."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial

from crackscope.training.sweep.space import Choices, Space, combinations, grid, yaml_text

RANDOM_TRIALS: Final = 10
"""So many are drawn at random before the others are drawn near the best of them."""
_ATTEMPTS: Final = 20
_MOST_LISTED: Final = 10_000


class SamplerPerTrial(BaseSampler):
    """Draws each trial from a random generator of its own, and none twice.

    One generator for all of them, as samplers have it, would begin again with every process, so that a
    resumed sweep would propose the first trials' values once more. A trial with the values of an earlier one
    would give its figure once more.

    Parameters
    ----------
    space : mapping
        Dotted key → space.
    seed : int

    References
    ----------
    Bergstra et al. 2011, "Algorithms for hyper-parameter optimization": the tree-structured Parzen estimator.
    """

    def __init__(self, space: Mapping[str, Space], *, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._distributions = {key: distribution_of(each) for key, each in space.items()}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Say which parameters are drawn together: all of them."""
        return dict(self._distributions)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw all parameters, such as no other trial has if there are such."""
        others = study.get_trials(deepcopy=False)
        used = {_key(each.params) for each in others if each.number != trial.number}
        drawn: dict[str, Any] = {}
        for attempt in range(_ATTEMPTS):
            drawn = self._draw(study, trial, attempt)
            if _key(drawn) not in used:
                return drawn
        choice = random.Random(f"{self._seed} {trial.number}")
        return choice.choice([each for each in self._listed() if _key(each) not in used] or [drawn])

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401 - as the library has it
        """Draw one parameter on its own."""
        return self._sampler(trial, 0).sample_independent(study, trial, param_name, param_distribution)

    def _draw(self, study: Study, trial: FrozenTrial, attempt: int) -> dict[str, Any]:
        sampler = self._sampler(trial, attempt)
        together = sampler.infer_relative_search_space(study, trial)
        drawn = sampler.sample_relative(study, trial, together)
        for key, distribution in self._distributions.items():
            if key not in drawn:
                drawn[key] = sampler.sample_independent(study, trial, key, distribution)
        return drawn

    def _sampler(self, trial: FrozenTrial, attempt: int) -> TPESampler:
        seed = np.random.SeedSequence([self._seed, trial.number, attempt]).generate_state(1)[0]
        return TPESampler(seed=int(seed), n_startup_trials=RANDOM_TRIALS)

    def _listed(self) -> Iterator[dict[str, Any]]:
        """Give every combination there is, where they are not too many to list."""
        count = combinations(self._space)
        if count is None or count > _MOST_LISTED:
            return
        values = [map(_drawn_as(space), grid(space) or ()) for space in self._space.values()]
        for combination in itertools.product(*values):
            yield dict(zip(self._space, combination, strict=True))


def distribution_of(space: Space) -> BaseDistribution:
    """Say a space in the words of the sampler; choices go by their YAML text.

    Examples
    --------
    >>> from crackscope.training.sweep.space import parse_space
    >>> distribution_of(parse_space("light,mobile"))
    CategoricalDistribution(choices=('light', 'mobile'))
    """
    if isinstance(space, Choices):
        return CategoricalDistribution([yaml_text(value) for value in space.values])
    if space.whole:
        step = 1 if space.step is None else int(space.step)
        return IntDistribution(int(space.low), int(space.high), log=space.log, step=step)
    return FloatDistribution(space.low, space.high, log=space.log, step=space.step)


def suggest(trial: Trial, key: str, space: Space) -> None:
    """Note the value that was drawn for a key, unless it has been noted already."""
    if isinstance(space, Choices):
        trial.suggest_categorical(key, [yaml_text(value) for value in space.values])
    elif space.whole:
        step = 1 if space.step is None else int(space.step)
        trial.suggest_int(key, int(space.low), int(space.high), step=step, log=space.log)
    else:
        trial.suggest_float(key, space.low, space.high, step=space.step, log=space.log)


def value_of(space: Space, drawn: Any) -> Any:  # noqa: ANN401 - a recipe's value may be anything
    """Turn what was drawn into the recipe's value."""
    if isinstance(space, Choices):
        return next(value for value in space.values if yaml_text(value) == drawn)
    return int(drawn) if space.whole else float(drawn)


def _drawn_as(space: Space) -> Any:  # noqa: ANN401 - a function of one value
    return yaml_text if isinstance(space, Choices) else lambda value: value


def _key(params: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Tell values apart, but for the last digits of sums of steps."""
    return tuple(
        (name, f"{value:.9g}" if isinstance(value, float) else value)
        for name, value in sorted(params.items())
    )
