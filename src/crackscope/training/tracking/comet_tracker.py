"""Comet: online with an API key, else a zip in the run folder for a later upload."""

from __future__ import annotations

import logging
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from crackscope.errors import CrackscopeError
from crackscope.training.tracking.tracker import Identity, Status, TrackedRun

if TYPE_CHECKING:
    from comet_ml import CometExperiment

PROJECT = "crackscope"
FOLDER = "comet"

_SETTINGS = {
    "COMET_DISABLE_AUTO_LOGGING": "1",
    "COMET_DISABLE_ANNOUNCEMENT": "true",
    "COMET_ERROR_TRACKING_ENABLE": "false",
    "COMET_INTERNAL_REPORTING": "false",
    "COMET_LOGGING_CONSOLE": "CRITICAL",
    # By default a server that does not answer is tried ten times, and waited for up to hours at the end.
    "COMET_GET_OR_ADD_EXPERIMENT_RETRY_TOTAL": "1",
    "COMET_HTTP_SESSION_RETRY_TOTAL": "1",
    "COMET_TIMEOUT_CLEANING": "60",
    "COMET_TIMEOUT_UPLOAD": "600",
}
_NOTHING_OF_ITS_OWN: dict[str, Any] = {
    "auto_log_co2": False,
    "auto_metric_logging": False,
    "auto_output_logging": False,
    "auto_param_logging": False,
    "display_summary_level": 0,
    "log_code": False,
    "log_env_cpu": False,
    "log_env_details": False,
    "log_env_disk": False,
    "log_env_gpu": False,
    "log_env_host": False,
    "log_git_metadata": False,
    "log_git_patch": False,
    "log_graph": False,
    "parse_args": False,
}


class CometTracker:
    """Records a run in the project ``crackscope`` under the name of its folder.

    Online a resumed run goes on in its experiment. Offline Comet writes its zip at the end of a session
    alone, so each session records the whole run anew and replaces the zip of the session before it.
    """

    def __init__(self) -> None:
        self._experiment: CometExperiment
        self._folder = Path()
        self._offline = False
        self._heard = _Heard()

    def begin(self, run: TrackedRun, earlier: Identity) -> Identity:
        """Create an experiment with its parameters and versions, or go on with the earlier one online."""
        comet_ml = _imported()
        self._heard.listen()
        config = comet_ml.get_config()
        project = config["comet.project_name"] or PROJECT
        self._folder = run.folder.resolve() / FOLDER
        self._offline = not comet_ml.get_api_key(None, config)
        if self._offline:
            self._folder.mkdir(exist_ok=True)
            self._experiment = comet_ml.OfflineExperiment(
                project_name=project, offline_directory=str(self._folder), **_NOTHING_OF_ITS_OWN
            )
        elif earlier.get("kind") == "online":
            self._experiment = comet_ml.ExistingExperiment(
                experiment_key=earlier["experiment"], **_NOTHING_OF_ITS_OWN
            )
        else:
            self._experiment = comet_ml.Experiment(
                project_name=project, offline_directory=str(self._folder), **_NOTHING_OF_ITS_OWN
            )
        self._check()
        kind = "offline" if self._offline else "online"
        identity = {"experiment": self._experiment.get_key(), "kind": kind}
        if identity != dict(earlier):
            self._experiment.set_name(run.name)
            self._experiment.log_parameters(dict(run.parameters), nested_support=False)
            self._experiment.log_others({f"version.{name}": value for name, value in run.environment.items()})
        return identity

    def figures(self, figures: Mapping[str, float], *, epoch: int, step: int) -> None:
        """Add a point to each curve."""
        self._check()
        self._experiment.log_metrics(dict(figures), step=step, epoch=epoch)

    def picture(self, path: Path, *, epoch: int) -> None:
        """Add a sheet to the images."""
        self._check()
        self._experiment.log_image(str(path), name=path.name, metadata={"epoch": epoch})

    def file(self, path: Path) -> None:
        """Add a file to the assets."""
        self._check()
        self._experiment.log_asset(str(path), file_name=path.name)

    def end(self, status: Status) -> None:
        """Upload what is left, or write the zip and remove those that it replaces."""
        self._check()
        self._experiment.log_other("status", status)
        self._heard.errors.clear()
        self._experiment.end()
        self._heard.stop()
        if self._heard.errors:
            zips = "".join(f"what it did not take is in {path}: " for path in self._folder.glob("*.zip"))
            raise CrackscopeError(f"{zips}{self._heard.errors[0]}")
        if self._offline:
            self._replace_older_zips(self._folder / f"{self._experiment.get_key()}.zip")

    def _replace_older_zips(self, written: Path) -> None:
        with zipfile.ZipFile(written) as archive:
            if not archive.namelist():  # Comet falls back to a temporary folder without an error
                raise CrackscopeError(f"{written}: could not be written; make room on the disk.")
        for older in self._folder.glob("*.zip"):
            if older != written:
                older.unlink()

    def _check(self) -> None:
        """Raise what Comet only logs: that it takes nothing any more."""
        if not self._experiment.alive:
            raise CrackscopeError(
                self._heard.errors[-1] if self._heard.errors else "the experiment is closed"
            )


class _Heard(logging.Handler):
    """Keeps the errors that Comet logs instead of raising; they are shown nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def listen(self) -> None:
        logger = logging.getLogger("comet_ml")
        logger.addHandler(self)
        logger.setLevel(min(logger.level, logging.ERROR))

    def stop(self) -> None:
        logging.getLogger("comet_ml").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.errors.append(record.getMessage())


def _imported() -> ModuleType:
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    hook = sys.excepthook
    import comet_ml  # noqa: PLC0415  an optional package

    sys.excepthook = hook  # Comet would report how the program ends
    return comet_ml
