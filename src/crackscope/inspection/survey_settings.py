"""What must stay the same from the first photo of a survey to the last, resumed or not."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from crackscope.errors import CrackscopeError
from crackscope.inspection.append_file import not_writable
from crackscope.inspection.document_fields import DocumentFields
from crackscope.measurement.shape import UP_DEG
from crackscope.version import __version__

SETTINGS_FILE = "survey.json"
SCHEMA_VERSION = 2


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """How every photo of a survey is looked at.

    Parameters
    ----------
    model_name : str
    model_sha256 : str
    threshold : float
    scale : str, optional
        Where the scale comes from; see `ScaleSource.description`.
    crackscope_version : str
        That began the survey. A survey may be resumed by another; every inspection names its own.
    screen_name, screen_sha256 : str, optional
        Of the classifier that looks first.
    rule : str, optional
        See `ChosenRule.description`.
    axis_deg : float
        Against which cracks are longitudinal or transverse.
    """

    model_name: str
    model_sha256: str
    threshold: float
    scale: str | None
    crackscope_version: str = __version__
    screen_name: str | None = None
    screen_sha256: str | None = None
    rule: str | None = None
    axis_deg: float = UP_DEG

    def write(self, folder: Path) -> None:
        """Write ``survey.json`` whole or not at all.

        Raises
        ------
        CrackscopeError
            If the folder cannot be written to.
        """
        text = json.dumps({"schema_version": SCHEMA_VERSION, **asdict(self)}, indent=2) + "\n"
        temporary = folder / f".{SETTINGS_FILE}.{os.getpid()}"
        try:
            with temporary.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(folder / SETTINGS_FILE)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise not_writable(folder, error) from error

    @classmethod
    def read(cls, folder: Path) -> SurveySettings | None:
        """Read ``survey.json``; None where there is none.

        Raises
        ------
        CrackscopeError
            If it is damaged, cannot be read or is of a newer schema.
        """
        path = folder / SETTINGS_FILE
        try:
            document = json.loads(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CrackscopeError(
                f"{path}: cannot be read ({error.strerror}); choose another folder."
            ) from error
        except (ValueError, RecursionError) as error:
            raise CrackscopeError(
                f"{path}: is damaged; choose another folder and begin the survey anew."
            ) from error
        fields = DocumentFields(document, str(path))
        schema = fields.integer("schema_version")
        if schema > SCHEMA_VERSION:
            raise CrackscopeError(
                f"{path}: was written by a newer crackscope; upgrade to resume this survey."
            )
        if schema < SCHEMA_VERSION:
            raise CrackscopeError(
                f"{path}: was written by an older crackscope; begin the survey anew in another folder."
            )
        return cls(
            model_name=fields.text("model_name"),
            model_sha256=fields.text("model_sha256"),
            threshold=fields.number("threshold"),
            scale=fields.optional_text("scale"),
            crackscope_version=fields.text("crackscope_version"),
            screen_name=fields.optional_text("screen_name"),
            screen_sha256=fields.optional_text("screen_sha256"),
            rule=fields.optional_text("rule"),
            axis_deg=fields.number("axis_deg"),
        )

    def require_same(self, begun: SurveySettings, folder: Path) -> None:
        """Refuse to resume a survey that was begun with other settings.

        Raises
        ------
        CrackscopeError
            Naming the first setting that differs.
        """
        differences = (
            ("model", begun.model_name, self.model_name, begun.model_sha256 == self.model_sha256),
            (
                "screen",
                begun.screen_name or "none",
                self.screen_name or "none",
                begun.screen_sha256 == self.screen_sha256,
            ),
            ("threshold", begun.threshold, self.threshold, begun.threshold == self.threshold),
            ("scale", begun.scale or "none", self.scale or "none", begun.scale == self.scale),
            ("rule", begun.rule or "none", self.rule or "none", begun.rule == self.rule),
            ("axis", f"{begun.axis_deg:g}°", f"{self.axis_deg:g}°", begun.axis_deg == self.axis_deg),
        )
        for setting, before, now, same in differences:
            if not same:
                now_shown = f"another file named {now}" if before == now else str(now)
                raise CrackscopeError(
                    f"{folder}: this survey was begun with {setting} {before}, not {now_shown}; "
                    "resume it with the same, or choose another folder."
                )
