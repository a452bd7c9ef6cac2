"""crackscope finds cracks in photographs and says where they run, how long and how wide they are.

The names below load on first use, so that ``import crackscope`` costs next to nothing:

- `Photo` — a decoded picture: ``Photo.open("wall.jpg")``
- `Inspector` — looks at one photo: ``Inspector().inspect(photo)``
- `Inspection` — what it found
- `Survey` — many photos, resumable
"""

from importlib import import_module
from typing import TYPE_CHECKING

from crackscope.version import __version__

if TYPE_CHECKING:
    from crackscope.imaging.photo import Photo
    from crackscope.inspection.inspection import Inspection
    from crackscope.inspection.inspector import Inspector
    from crackscope.inspection.survey import Survey
else:
    _HOMES = {
        "Inspection": "crackscope.inspection.inspection",
        "Inspector": "crackscope.inspection.inspector",
        "Photo": "crackscope.imaging.photo",
        "Survey": "crackscope.inspection.survey",
    }

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module 'crackscope' has no attribute {name!r}")
        globals()[name] = value = getattr(import_module(_HOMES[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOMES})


__all__ = ["Inspection", "Inspector", "Photo", "Survey", "__version__"]
