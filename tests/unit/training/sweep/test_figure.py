from pathlib import Path

from crackscope.training.sweep.figure import read_run_figures
from crackscope.training.sweep.trial import RunFigures


def test_the_best_validation_counts_and_the_first_of_equals(tmp_path: Path):
    (tmp_path / "metrics.csv").write_text(
        "epoch,train_loss,f1,seconds\n0,0.9,,2.5\n1,0.8,0.5,3\n2,0.7,0.75,2\n3,0.7,0.75,2\n4,0.6,nan,2\n"
    )
    assert read_run_figures(tmp_path, "f1") == RunFigures(best=0.75, best_epoch=3, epochs=5, seconds=11.5)


def test_a_run_without_a_validation_has_no_figure(tmp_path: Path):
    assert read_run_figures(tmp_path, "f1") == RunFigures(None, None, 0, 0.0)
    (tmp_path / "metrics.csv").write_text("epoch,train_loss,f1,seconds\n0,0.9,,2\n")
    assert read_run_figures(tmp_path, "f1") == RunFigures(None, None, 1, 2.0)
