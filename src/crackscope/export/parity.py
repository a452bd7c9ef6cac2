"""How far a model file is from the network it was made of, on real pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crackscope.engine.model_card import ModelInput
from crackscope.engine.normalisation import normalise
from crackscope.engine.padding import pad, up_to_multiple
from crackscope.imaging.arrays import ProbabilityMap, RgbPixels

if TYPE_CHECKING:
    from torch import nn

Predict = Callable[[RgbPixels], ProbabilityMap]


@dataclass(frozen=True, slots=True)
class Parity:
    """Two predictors compared, pixel by pixel where they answer for pixels, else picture by picture.

    Parameters
    ----------
    pictures : int
        Compared.
    max_difference, mean_difference : float
        Of probabilities, absolute, over all pixels of all pictures, or over all pictures.
    mask_f1 : float
        Overlap of what the two call cracked at the threshold, pixels or pictures; 1 where both are the same.
    """

    pictures: int
    max_difference: float
    mean_difference: float
    mask_f1: float


def compare(
    reference: Predict, candidate: Predict, pictures: Iterable[RgbPixels], *, threshold: float
) -> Parity:
    """Compare two predictors.

    Parameters
    ----------
    reference, candidate : callable
        From uint8 pixels (H, W, 3) to float32 probabilities, (H, W) or (1,).
    pictures : iterable of uint8 arrays, shape (H, W, 3)
    threshold : float
        Crack where the probability is at least this.

    Returns
    -------
    Parity

    Raises
    ------
    ValueError
        If there is no picture.

    Examples
    --------
    >>> black = np.zeros((2, 2, 3), np.uint8)
    >>> def sure(pixels): return np.full(pixels.shape[:2], 0.9, np.float32)
    >>> compare(sure, sure, [black], threshold=0.5)
    Parity(pictures=1, max_difference=0.0, mean_difference=0.0, mask_f1=1.0)
    """
    count = pixels = both = either = 0
    largest = total = 0.0
    for picture in pictures:
        ours, theirs = reference(picture), candidate(picture)
        difference = np.abs(ours - theirs)
        largest = max(largest, float(difference.max()))
        total += float(difference.sum(dtype=np.float64))
        ours_crack, theirs_crack = ours >= threshold, theirs >= threshold
        both += int(np.count_nonzero(ours_crack & theirs_crack))
        either += int(np.count_nonzero(ours_crack)) + int(np.count_nonzero(theirs_crack))
        pixels += difference.size
        count += 1
    if count == 0:
        raise ValueError("nothing to compare: no picture")
    return Parity(count, largest, total / pixels, 2 * both / either if either else 1.0)


def network_predictor(module: nn.Module, model_input: ModelInput, *, temperature: float = 1.0) -> Predict:
    """Make a predictor of a torch network, with the padding and normalisation that a model file gets.

    Parameters
    ----------
    module : torch.nn.Module
        From normalised float32 (N, 3, H, W) to logits float32 (N, 1, H, W), in evaluation mode.
    model_input : ModelInput
    temperature : float

    Returns
    -------
    callable
        From uint8 pixels (H, W, 3) to float32 probabilities (H, W).
    """
    import torch  # noqa: PLC0415  comparing two model files needs none

    def predict(pixels: RgbPixels) -> ProbabilityMap:
        height, width = pixels.shape[:2]
        padded = pad(
            pixels, up_to_multiple(height, model_input.stride), up_to_multiple(width, model_input.stride)
        )
        with torch.inference_mode():
            logits = module(torch.from_numpy(normalise(padded[np.newaxis], model_input)))
            probability: ProbabilityMap = torch.sigmoid(logits / temperature)[0, 0].numpy()
        return probability[:height, :width]

    return predict
