"""The file of a sweep's trials, ``sweep.db``: proposes, and remembers what came of it."""

from __future__ import annotations

import logging
import sqlite3
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.pruners import BasePruner, MedianPruner, NopPruner
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from crackscope.errors import CrackscopeError
from crackscope.training.sweep.proposals import SamplerPerTrial, suggest, value_of
from crackscope.training.sweep.space import Space
from crackscope.training.sweep.trial import RunFigures, State, Trial
from crackscope.whole_file import whole_file

STUDY_FILE: Final = "sweep.db"
_NAME: Final = "sweep"
_LONGEST_WAIT_S: Final = 60.0
"""For another process that is writing."""
_BEFORE_PRUNING: Final = 4
"""So many trials go to their end before one is stopped."""
_FEWEST_FOR_IMPORTANCE: Final = 10
_GOOD_TRIALS: Final = 5
"""So many must be among the best for an importance to be worth showing (Watanabe et al. 2023)."""
_STATES: Final[Mapping[TrialState, State]] = {
    TrialState.RUNNING: "running",
    TrialState.WAITING: "running",
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


class Study:
    """The trials of one sweep.

    Parameters
    ----------
    folder : Path
        Of the sweep; the file is made there where it is missing, whole or not at all.
    space : mapping
        Dotted key → space.
    seed : int
        Of the proposals.
    prune_from_epoch : int, optional
        Trials may be stopped from this epoch on; None lets every trial go to its end.

    Raises
    ------
    CrackscopeError
        If the file cannot be made or is no such file.
    """

    def __init__(
        self, folder: Path, space: Mapping[str, Space], *, seed: int, prune_from_epoch: int | None
    ) -> None:
        self._space = space
        path = folder / STUDY_FILE
        if not path.exists():
            with whole_file(path) as temporary, _asking():
                storage = _storage(temporary)
                optuna.create_study(storage=storage, study_name=_NAME, direction="maximize")
                storage.remove_session()
                storage.engine.dispose()
        pruner: BasePruner = NopPruner()
        if prune_from_epoch is not None:
            pruner = MedianPruner(n_startup_trials=_BEFORE_PRUNING, n_warmup_steps=prune_from_epoch)
        try:
            with _asking():
                self._storage = _storage(path)
                self._study = optuna.load_study(
                    study_name=_NAME,
                    storage=self._storage,
                    sampler=SamplerPerTrial(space, seed=seed),
                    pruner=pruner,
                )
        except Exception as error:
            raise CrackscopeError(
                f"{path}: cannot be read as the trials of a sweep; begin the sweep anew in another folder."
            ) from error

    def trials(self) -> tuple[Trial, ...]:
        """Give all trials by number, those of other processes among them."""
        with _asking():
            return tuple(map(self._record, self._study.get_trials(deepcopy=False)))

    def propose(self) -> LiveTrial:
        """Begin a new trial."""
        with _asking():
            return self._live(self._study.ask())

    def take_up(self, number: int) -> LiveTrial:
        """Go on with a trial whose process was stopped."""
        with _asking():
            study_id = self._storage.get_study_id_from_name(_NAME)
            trial_id = self._storage.get_trial_id_from_study_id_trial_number(study_id, number - 1)
            return self._live(optuna.Trial(self._study, trial_id))

    def importances(self) -> dict[str, float]:
        """Estimate which keys decide whether a trial is among the best; empty while trials are few.

        Returns
        -------
        dict
            Dotted key → share of 1, highest first.

        References
        ----------
        Watanabe, Bansal and Hutter 2023, "PED-ANOVA: efficiently quantifying hyperparameter importance in
        arbitrary subspaces".
        """
        done = sum(trial.state == "done" for trial in self.trials())
        if done < _FEWEST_FOR_IMPORTANCE or len(self._space) < 2:
            return {}
        evaluator = PedAnovaImportanceEvaluator(target_quantile=max(0.1, _GOOD_TRIALS / done))
        with _asking():
            return get_param_importances(self._study, evaluator=evaluator)

    def _live(self, trial: optuna.Trial) -> LiveTrial:
        for key, space in self._space.items():
            suggest(trial, key, space)
        record = self._record(self._study.get_trials(deepcopy=False)[trial.number])
        return LiveTrial(self._study, trial, record)

    def _record(self, frozen: FrozenTrial) -> Trial:
        notes = frozen.user_attrs
        return Trial(
            number=frozen.number + 1,
            values={
                key: value_of(space, frozen.params[key])
                for key, space in self._space.items()
                if key in frozen.params
            },
            state=_STATES[frozen.state],
            figure=notes.get("figure"),
            best_epoch=notes.get("best_epoch"),
            epochs=notes.get("epochs", 0),
            seconds=notes.get("seconds", 0.0),
            reason=notes.get("reason"),
        )


class LiveTrial:
    """A trial that is being trained by this process; made by `Study`.

    Attributes
    ----------
    record : Trial
        As it was when it was proposed or taken up.
    """

    def __init__(self, study: optuna.Study, trial: optuna.Trial, record: Trial) -> None:
        self._study = study
        self._trial = trial
        self.record = record

    def report(self, epoch: int, figure: float) -> bool:
        """Note the figure of an epoch, counted from 0, and tell whether to stop the trial."""
        with _asking():
            if epoch not in self._frozen().intermediate_values:
                self._trial.report(figure, epoch)
            return self._trial.should_prune()

    def should_stop(self) -> bool:
        """Tell whether the figures noted so far are reason to stop the trial."""
        with _asking():
            return bool(self._frozen().intermediate_values) and self._trial.should_prune()

    def count_start(self, epochs: int) -> int:
        """Count the starts of this trial since it got beyond `epochs` epochs, this one included."""
        before, starts = self._frozen().user_attrs.get("starts", (None, 0))
        starts = starts + 1 if before == epochs else 1
        self._note(starts=[epochs, starts])
        return int(starts)

    def uncount_start(self) -> None:
        """Take back a start that ended in good order, though not at the trial's end."""
        epochs, starts = self._frozen().user_attrs["starts"]
        self._note(starts=[epochs, starts - 1])

    def done(self, figures: RunFigures) -> None:
        """End it: it went to its end."""
        self._end(figures, TrialState.COMPLETE)

    def pruned(self, figures: RunFigures) -> None:
        """End it: it was stopped for doing worse than others."""
        self._end(figures, TrialState.PRUNED)

    def failed(self, reason: str, figures: RunFigures) -> None:
        """End it: it could not be trained."""
        self._note(reason=reason, epochs=figures.epochs, seconds=figures.seconds)
        with _asking():
            self._study.tell(self._trial, state=TrialState.FAIL)

    def _end(self, figures: RunFigures, state: TrialState) -> None:
        self._note(
            figure=figures.best,
            best_epoch=figures.best_epoch,
            epochs=figures.epochs,
            seconds=figures.seconds,
        )
        with _asking():
            self._study.tell(self._trial, figures.best if state is TrialState.COMPLETE else None, state)

    def _note(self, **notes: Any) -> None:
        with _asking():
            for name, value in notes.items():
                self._trial.set_user_attr(name, value)

    def _frozen(self) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[self._trial.number]


def _storage(path: Path) -> RDBStorage:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=_LONGEST_WAIT_S, check_same_thread=False)

    # The address only chooses the dialect: a path may hold characters that an address may not.
    return RDBStorage("sqlite:///sweep.db", engine_kwargs={"creator": connect})


@contextmanager
def _asking() -> Iterator[None]:
    """Keep the library's remarks from users, and say in a sentence what the disk refuses."""
    optuna.logging.set_verbosity(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        try:
            yield
        except optuna.exceptions.StorageInternalError as error:
            reason = str(error.__cause__ or error).splitlines()[0]
            raise CrackscopeError(
                f"{STUDY_FILE}: cannot be read or written ({reason}); make room, then go on with --resume."
            ) from error
