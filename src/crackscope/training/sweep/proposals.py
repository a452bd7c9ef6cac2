"""Proposals that depend on nothing but the seed, the trial's number and the trials that have ended."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial

from crackscope.training.sweep.space import Choices, Space, yaml_text

RANDOM_TRIALS = 10
"""So many are drawn at random before the others are drawn near the best of them."""


class SamplerPerTrial(BaseSampler):
    """Draws each trial from a random generator of its own.

    One generator for all of them, as samplers have it, would begin again with every process, so that a
    resumed sweep would propose the first trials' values once more.

    Parameters
    ----------
    seed : int

    References
    ----------
    Bergstra et al. 2011, "Algorithms for hyper-parameter optimization": the tree-structured Parzen estimator.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Find the parameters that are drawn together."""
        return self._sampler(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the parameters that are drawn together."""
        return self._sampler(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401 - as the library has it
        """Draw one parameter; the same whether or not others have been drawn before a kill."""
        sampler = self._sampler(trial, param_name)
        return sampler.sample_independent(study, trial, param_name, param_distribution)

    def _sampler(self, trial: FrozenTrial, name: str = "") -> TPESampler:
        words = [self._seed, trial.number, zlib.crc32(name.encode())]
        seed = np.random.SeedSequence(words).generate_state(1)[0]
        return TPESampler(seed=int(seed), n_startup_trials=RANDOM_TRIALS)


def suggest(trial: Trial, key: str, space: Space) -> None:
    """Draw a value, unless it has been drawn already; choices go by their YAML text."""
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
