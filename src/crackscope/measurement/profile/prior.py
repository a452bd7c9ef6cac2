"""What is believed of a profile before it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crackscope.imaging.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class ProfilePrior:
    """What is believed of a profile before it is looked at: means and standard deviations.

    A hairline's depth and width trade off: the same dip may be a narrow black or a wider grey line. What its
    depth would be without the blur, and how strong the blur is, has to come from elsewhere: from here, or
    from wider places of the same crack and other cracks of the same photo. Each may be one number for all
    profiles or one for each.

    Parameters
    ----------
    dark_share, dark_share_sd : float or float array, shape (N,)
        Grey value in the crack over that beside it.
    blur_px, blur_log_sd : float or float array, shape (N,)
        Standard deviation of the lens's blur, and that of its natural logarithm.
    centre_sd_px : float
        Of the crack's middle about where the profile is darkest.
    window_px : float
        So far beside the crack the background counts, fading like a Gaussian.
    """

    dark_share: float | FloatArray = 0.05
    dark_share_sd: float | FloatArray = 0.1
    blur_px: float | FloatArray = 0.7
    blur_log_sd: float | FloatArray = 0.5
    centre_sd_px: float = 1.5
    window_px: float = 5.0

    def part(self, chosen: NDArray[np.intp]) -> ProfilePrior:
        """Return the beliefs about some of the profiles."""

        def own(value: float | FloatArray) -> float | FloatArray:
            return value[chosen] if isinstance(value, np.ndarray) else value

        return replace(
            self,
            dark_share=own(self.dark_share),
            dark_share_sd=own(self.dark_share_sd),
            blur_px=own(self.blur_px),
            blur_log_sd=own(self.blur_log_sd),
        )
