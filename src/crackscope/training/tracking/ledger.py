"""`tracking.json`: how far each tracker has recorded a run, so that a resumed one goes on there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from crackscope.training.run_files import write_json
from crackscope.training.tracking.tracker import Identity

TRACKING: Final = "tracking.json"
_BEFORE_THE_FIRST: Final = -1


@dataclass(frozen=True, slots=True)
class Entry:
    """How far a tracker has recorded a run.

    Parameters
    ----------
    identity : mapping
        As `Tracker.begin` returned it.
    figures, pictures : int
        The last epoch whose figures, and whose validation sheet, are recorded; -1 before the first.
    """

    identity: Identity = field(default_factory=dict)
    figures: int = _BEFORE_THE_FIRST
    pictures: int = _BEFORE_THE_FIRST


def read_entry(run_folder: Path, tracker: str) -> Entry:
    """Read how far a tracker has come; an entry that is missing or damaged is an empty one.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_entry(folder, "mlflow", Entry({"run": "a1"}, figures=3))
    >>> read_entry(folder, "mlflow").figures, read_entry(folder, "comet").figures
    (3, -1)
    """
    match _read(run_folder).get(tracker):
        case {"identity": dict(identity), "figures": int(figures), "pictures": int(pictures)}:
            return Entry({str(key): str(value) for key, value in identity.items()}, figures, pictures)
    return Entry()


def write_entry(run_folder: Path, tracker: str, entry: Entry) -> None:
    """Keep how far a tracker has come, beside the other trackers' entries.

    Raises
    ------
    CrackscopeError
        If the disk refuses.
    """
    write_json(run_folder / TRACKING, _read(run_folder) | {tracker: asdict(entry)})


def _read(run_folder: Path) -> dict[str, Any]:
    try:
        document = json.loads((run_folder / TRACKING).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
