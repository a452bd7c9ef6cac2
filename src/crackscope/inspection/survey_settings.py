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
from crackscope.version import __version__

SETTINGS_FILE = "survey.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """How every photo of a survey is looked at.

    Parameters
    ----------
    model_name : str
    model_sha256 : str
    threshold : float
    scale_mm_per_px, scale_sigma_mm_per_px : float, optional
    crackscope_version : str
        That began the survey. A survey may be resumed by another; every inspection names its own.
    screen_name, screen_sha256 : str, optional
        Of the classifier that looks first.
    rule : str, optional
        See `ChosenRule.description`.
    """

    model_name: str
    model_sha256: str
    threshold: float
    scale_mm_per_px: float | None
    crackscope_version: str = __version__
    screen_name: str | None = None
    screen_sha256: str | None = None
    scale_sigma_mm_per_px: float | None = None
    rule: str | None = None

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
        if fields.integer("schema_version") > SCHEMA_VERSION:
            raise CrackscopeError(
                f"{path}: was written by a newer crackscope; upgrade to resume this survey."
            )
        return cls(
            model_name=fields.text("model_name"),
            model_sha256=fields.text("model_sha256"),
            threshold=fields.number("threshold"),
            scale_mm_per_px=fields.optional_number("scale_mm_per_px"),
            crackscope_version=fields.text("crackscope_version"),
            screen_name=fields.optional_text("screen_name"),
            screen_sha256=fields.optional_text("screen_sha256"),
            scale_sigma_mm_per_px=fields.optional_number("scale_sigma_mm_per_px"),
            rule=fields.optional_text("rule"),
        )

    @property
    def shown_scale(self) -> str:
        """The scale as messages name it; without a standard deviation where that is 0 or unknown."""
        if self.scale_mm_per_px is None:
            return "none"
        sigma = f" ± {self.scale_sigma_mm_per_px!r}" if self.scale_sigma_mm_per_px else ""
        return f"{self.scale_mm_per_px!r}{sigma} mm/px"

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
            (
                "scale",
                begun.shown_scale,
                self.shown_scale,
                begun.shown_scale == self.shown_scale,
            ),
            ("rule", begun.rule or "none", self.rule or "none", begun.rule == self.rule),
        )
        for setting, before, now, same in differences:
            if not same:
                now_shown = f"another file named {now}" if before == now else str(now)
                raise CrackscopeError(
                    f"{folder}: this survey was begun with {setting} {before}, not {now_shown}; "
                    "resume it with the same, or choose another folder."
                )
