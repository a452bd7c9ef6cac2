import warnings
from pathlib import Path
from typing import Any

import pytest

from crackscope.errors import CrackscopeError
from crackscope.training.sweep.space import read_spaces
from crackscope.training.sweep.study import Study
from crackscope.training.sweep.trial import RunFigures, best_of

SPACE = read_spaces(
    [
        "optimiser.learning_rate=log:1e-5..1e-1",
        "batch_size=range:4..64:4",
        "model.name=light,mobile",
        "a=[1, 2],[3]",
    ]
)
TRIALS = 14


def _open(folder: Path, *, seed: int = 0, prune_from_epoch: int | None = None) -> Study:
    folder.mkdir(exist_ok=True)
    return Study(folder, SPACE, seed=seed, prune_from_epoch=prune_from_epoch)


def _figures(best: float, epochs: int = 3) -> RunFigures:
    return RunFigures(best, epochs, epochs, 60.0 * epochs)


def _goodness(values: Any) -> float:
    return 0.9 - abs(values["batch_size"] - 32) / 100


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study of 14 trials, so that four are drawn near the best of the others."""
    study = _open(tmp_path_factory.mktemp("whole"))
    for _ in range(TRIALS):
        live = study.propose()
        live.done(_figures(_goodness(live.record.values)))
    return study


def test_proposals_lie_in_the_space_and_are_the_recipes_values(whole: Study):
    for trial in whole.trials():
        assert 1e-5 <= trial.values["optimiser.learning_rate"] <= 1e-1
        assert trial.values["batch_size"] in range(4, 65, 4)
        assert trial.values["model.name"] in ("light", "mobile")
        assert trial.values["a"] in ([1, 2], [3])
    assert len({trial.values["optimiser.learning_rate"] for trial in whole.trials()}) == TRIALS


def test_the_same_seed_proposes_the_same_through_any_number_of_stops(whole: Study, tmp_path: Path):
    for number in range(1, TRIALS + 1):
        study = _open(tmp_path)  # as a new process would
        live = study.propose()
        if number in (3, 12):
            live = _open(tmp_path).take_up(number)  # killed while it was trained
        live.done(_figures(_goodness(live.record.values)))
    assert [trial.values for trial in study.trials()] == [trial.values for trial in whole.trials()]


def test_no_two_trials_have_the_same_values(tmp_path: Path):
    space = read_spaces(["a=range:0.1..0.3:0.1", "b=log:1..2", "c=[x],null"])
    study = Study(tmp_path, space, seed=0, prune_from_epoch=None)
    for _ in range(12):
        live = study.propose()
        live.done(_figures(0.5 if live.record.values["c"] else 0.9))
    seen = {(round(each.values["a"], 6), each.values["b"], str(each.values["c"])) for each in study.trials()}
    assert len(seen) == 12
    assert study.propose().record.values["b"] in (1, 2), "once all have been drawn, one is drawn again"


def test_another_seed_proposes_something_else(whole: Study, tmp_path: Path):
    assert _open(tmp_path, seed=1).propose().record.values != whole.trials()[0].values


def test_a_proposal_that_was_cut_short_is_completed_as_it_would_have_been(whole: Study, tmp_path: Path):
    half = Study(tmp_path, {"model.name": SPACE["model.name"]}, seed=0, prune_from_epoch=None)
    half.propose()
    assert _open(tmp_path).take_up(1).record.values == whole.trials()[0].values


def test_the_best_is_the_highest_of_those_that_went_to_their_end(tmp_path: Path):
    study = _open(tmp_path)
    for end, figure in (("done", 0.5), ("pruned", 0.9), ("done", 0.7), ("done", 0.7)):
        getattr(study.propose(), end)(_figures(figure))
    study.propose().failed("it broke", RunFigures(None, None, 2, 9.0))
    study.propose()
    trials = study.trials()
    assert [trial.state for trial in trials] == ["done", "pruned", "done", "done", "failed", "running"]
    assert (trials[4].reason, trials[4].epochs, trials[4].seconds) == ("it broke", 2, 9.0)
    best = best_of(trials)
    assert best is not None
    assert (best.number, best.figure, best.epochs, best.seconds) == (3, 0.7, 3, 180.0)
    assert study.importances() == {}, "trials are too few"


def test_the_key_that_decides_the_figure_is_the_most_important(whole: Study):
    shares = whole.importances()
    assert next(iter(shares)) == "batch_size"
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) == set(SPACE)


def test_a_trial_worse_than_the_median_is_stopped_from_the_agreed_epoch_on(tmp_path: Path):
    study = _open(tmp_path, prune_from_epoch=2)
    for _ in range(4):
        live = study.propose()
        assert not any(live.report(epoch, 0.6) for epoch in range(4))
        live.done(_figures(0.6))
    poor = study.propose()
    assert [poor.report(epoch, 0.3) for epoch in range(3)] == [False, False, True]
    again = _open(tmp_path, prune_from_epoch=2).take_up(5)
    assert again.should_stop(), "also where the process was killed before it stopped"
    assert again.report(2, 0.3), "an epoch that is trained twice is reported once"
    again.pruned(_figures(0.3))
    good = study.propose()
    assert not any(good.report(epoch, 0.7) for epoch in range(4))


def test_without_pruning_no_trial_is_stopped(tmp_path: Path):
    study = _open(tmp_path)
    for _ in range(5):
        study.propose().done(_figures(0.9))
    assert not any(study.propose().report(epoch, 0.1) for epoch in range(3))


def test_starts_are_counted_as_long_as_no_epoch_is_gained(tmp_path: Path):
    live = _open(tmp_path).propose()
    assert [live.count_start(0), live.count_start(0), live.count_start(1), live.count_start(1)] == [
        1,
        2,
        1,
        2,
    ]
    live.uncount_start()
    assert _open(tmp_path).take_up(1).count_start(1) == 2


def test_a_folder_may_have_any_name(tmp_path: Path):
    folder = tmp_path / "50% of {walls}? #2 'ü'"
    _open(folder).propose().done(_figures(0.5))
    assert [path.name for path in folder.iterdir()] == ["sweep.db"]
    assert _open(folder).trials()[0].figure == 0.5


def test_a_damaged_file_gets_one_sentence(tmp_path: Path):
    (tmp_path / "sweep.db").write_bytes(b"no database" * 1000)
    with pytest.raises(CrackscopeError, match=r"sweep\.db: cannot be read as the trials of a sweep"):
        _open(tmp_path)


def test_the_library_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        study = _open(tmp_path, prune_from_epoch=1)
        for number in range(11):
            study.propose().done(_figures(number / 12))
        study.propose().failed("it broke", RunFigures(None, None, 0, 0.0))
        assert study.importances() != {}
    said = capfd.readouterr()
    assert (said.out, said.err, [str(each.message) for each in warned]) == ("", "", [])
