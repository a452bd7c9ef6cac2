"""How the photos of one survey are to be inspected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from crackscope.engine.model_file import ModelFile
from crackscope.errors import CrackscopeError


@dataclass(frozen=True, slots=True)
class SurveySettings:
    """What a survey's owner chose for all its photos.

    Parameters
    ----------
    model : str
        Name of the model; noted also where none was chosen, so that one model looks at the whole survey.
    scale_mm_per_px, scale_sigma_mm_per_px : float, optional
    rule : str, optional
        ``RULE:CASE`` of a rule that comes with crackscope.
    asset : str, optional
    """

    model: str
    scale_mm_per_px: float | None = None
    scale_sigma_mm_per_px: float | None = None
    rule: str | None = None
    asset: str | None = None

    @classmethod
    def from_json(cls, settings: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(**settings)

    def to_json(self) -> dict[str, Any]:
        """Write as JSON can hold it."""
        return asdict(self)

    def model_path(self, models: Mapping[str, ModelFile]) -> str | None:
        """Return what workers open: None for the model that they have ready.

        Parameters
        ----------
        models : mapping
            Those that the server offers, by name; the first one is ready.

        Raises
        ------
        CrackscopeError
            If a server with other models took the survey in.
        """
        if self.model not in models:
            raise CrackscopeError(
                f"model {self.model}: is not offered here any more; send the photo again, with another model."
            )
        return None if self.model == next(iter(models)) else str(models[self.model].path)
