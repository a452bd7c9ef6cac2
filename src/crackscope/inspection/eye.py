"""What one model sees in one photo, whatever the task it was trained for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from crackscope.imaging.arrays import RgbPixels
from crackscope.measurement.region import Region


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model saw in a photo.

    Parameters
    ----------
    regions : tuple of Region, optional
        What may be cracks, before the model's crack filter; None of a model that does not say where they are.
    probability : float, optional
        That the photo shows a crack at all, 0…1; None of a model that says where cracks are instead.
    """

    regions: tuple[Region, ...] | None = None
    probability: float | None = None


NOTHING = Seen(regions=())
"""No crack anywhere."""


class Eye(Protocol):
    """A model that is ready to look at photos."""

    @property
    def engine(self) -> str:
        """Name of the engine that computes."""

    def look(self, pixels: RgbPixels) -> Seen:
        """Look at one photo.

        Parameters
        ----------
        pixels : uint8 array, shape (H, W, 3)
            RGB, of any size.

        Returns
        -------
        Seen
        """
