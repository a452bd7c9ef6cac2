"""MLflow: a local SQLite store beside the runs, or the server that the environment names."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from crackscope.errors import CrackscopeError
from crackscope.training.tracking.guarded import without_credentials
from crackscope.training.tracking.tracker import Identity, Status, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "crackscope"
STORE = "mlflow.db"
ARTIFACTS = "mlflow-artifacts"

_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # A server that does not answer may hold up the training for half a minute, not for 120 s times 7 retries.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
}
_STATUSES: Mapping[Status, str] = {"finished": "FINISHED", "failed": "FAILED", "interrupted": "KILLED"}
_FOREIGN = re.compile(r"[^\w.\- ]")


class MlflowTracker:
    """Records a run in the experiment ``crackscope`` under the name of its folder.

    The store is ``mlflow.db`` in the folder that holds the run folder, its artifacts in
    ``mlflow-artifacts`` beside it; or what ``MLFLOW_TRACKING_URI`` says.
    """

    def __init__(self) -> None:
        self._client: MlflowClient
        self._run = ""

    def begin(self, run: TrackedRun, earlier: Identity) -> Identity:
        """Create a run with its parameters and versions, or set the earlier one running again."""
        for name, value in _SETTINGS.items():
            os.environ.setdefault(name, value)
        from mlflow import MlflowClient  # noqa: PLC0415  an optional package
        from mlflow.entities import Param, RunTag  # noqa: PLC0415

        uri, artifacts = _store(run.folder.resolve().parent)
        self._client = MlflowClient(tracking_uri=uri)
        identity = {"run": earlier.get("run", ""), "store": without_credentials(uri)}
        if identity == dict(earlier) and self._goes_on(identity["run"]):
            return earlier
        created = self._client.create_run(self._experiment(artifacts), run_name=run.name)
        self._run = created.info.run_id
        self._client.log_batch(
            self._run,
            params=[Param(_key(name), value) for name, value in run.parameters.items()],
            tags=[RunTag(_key(f"version.{name}"), value) for name, value in run.environment.items()],
        )
        return identity | {"run": self._run}

    def figures(self, figures: Mapping[str, float], *, epoch: int, step: int) -> None:
        """Add a point to each curve, over the epochs."""
        from mlflow.entities import Metric  # noqa: PLC0415

        now_ms = int(time.time() * 1000)
        points = [Metric(_key(name), value, now_ms, epoch) for name, value in figures.items()]
        self._client.log_batch(self._run, metrics=points)

    def picture(self, path: Path, *, epoch: int) -> None:
        """Store a sheet among the artifacts."""
        self._client.log_artifact(self._run, str(path), "validation")

    def file(self, path: Path) -> None:
        """Store a file among the artifacts."""
        self._client.log_artifact(self._run, str(path))

    def end(self, status: Status) -> None:
        """Mark the run as ended."""
        self._client.set_terminated(self._run, _STATUSES[status])

    def _goes_on(self, run: str) -> bool:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        try:
            found = self._client.get_run(run)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise
        if found.info.lifecycle_stage != "active":
            return False
        self._client.update_run(run, status="RUNNING")
        self._run = run
        return True

    def _experiment(self, artifacts: str | None) -> str:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        found = self._client.get_experiment_by_name(EXPERIMENT)
        if found is None:
            try:
                return self._client.create_experiment(EXPERIMENT, artifact_location=artifacts)
            except MlflowException:  # another run may have made it in between
                found = self._client.get_experiment_by_name(EXPERIMENT)
                if found is None:
                    raise
        return found.experiment_id


def _store(folder: Path) -> tuple[str, str | None]:
    """Give the address of the store, and where its artifacts go unless the server decides that."""
    named = os.environ.get("MLFLOW_TRACKING_URI")
    if named:
        return named, None
    if "?" in str(folder):
        raise CrackscopeError(f"{folder}: MLflow takes no store in a folder with a question mark; rename it.")
    return f"sqlite:///{(folder / STORE).as_posix()}", (folder / ARTIFACTS).as_uri()


def _key(name: str) -> str:
    """Give a name of the characters that MLflow takes; names of sets may hold others."""
    return _FOREIGN.sub("_", name)
