"""Losses for rare pixels.

Crack pixels are a few in a hundred. A loss that counts every pixel alike is content with "no crack
anywhere"; those here look at the crack pixels as a whole (Dice, Tversky, Lovász), at the hard pixels (focal),
at the centreline (clDice) or at the contour (boundary).

All are functions of (logits, truth, weight), each float32 of shape (N, 1, H, W): truth is 0…1, weight at
least 0, and the prediction of pixels of weight 0 has no say. They give a scalar, never below 0, and near 0
where hard truth is predicted surely; the gradient is finite, with or without cracks. Those that look at
cracks as wholes take a batch as one picture, so that crops without cracks do not swamp the others.

Teachers give soft truth, values between 0 and 1. Cross-entropy, focal, Dice and Tversky losses are least
where the prediction equals it; Lovász and boundary take it at .5; clDice is 0 where the prediction equals it,
and elsewhere, too.
"""

from crackscope.training.losses.centreline import cldice
from crackscope.training.losses.combination import LossFunction, known_losses, sum_of_losses
from crackscope.training.losses.contour import boundary, signed_distance
from crackscope.training.losses.jaccard import lovasz
from crackscope.training.losses.overlap import dice, focal_tversky, tversky
from crackscope.training.losses.pixelwise import bce, focal, weighted_bce

__all__ = [
    "LossFunction",
    "bce",
    "boundary",
    "cldice",
    "dice",
    "focal",
    "focal_tversky",
    "known_losses",
    "lovasz",
    "signed_distance",
    "sum_of_losses",
    "tversky",
    "weighted_bce",
]
