"""Changes of light, colour, sharpness and noise, by Kornia, on the batch where it lies."""

from __future__ import annotations

import kornia.augmentation as kornia_augmentation
from torch import Tensor, nn

from crackscope.training.recipe import AugmentationRecipe


class PhotometricAugmentation(nn.Module):
    """Random changes that move no pixel: masks stay as they are.

    Parameters
    ----------
    recipe : AugmentationRecipe
        Probability of each change, per picture.

    Notes
    -----
    Input and output float32 (N, 3, H, W) in 0…1. Draws from torch's global generator.
    """

    def __init__(self, recipe: AugmentationRecipe) -> None:
        super().__init__()
        steps: list[nn.Module] = []
        for probability, make in (
            (
                recipe.uneven_light,
                lambda p: kornia_augmentation.RandomLinearIllumination(gain=(0.05, 0.35), p=p),
            ),
            (recipe.brightness, lambda p: kornia_augmentation.RandomBrightness((0.7, 1.3), p=p)),
            (recipe.contrast, lambda p: kornia_augmentation.RandomContrast((0.6, 1.5), p=p)),
            (recipe.gamma, lambda p: kornia_augmentation.RandomGamma((0.6, 1.6), p=p)),
            (recipe.colour, lambda p: _ChannelGain(p=p)),
            (recipe.grey, lambda p: kornia_augmentation.RandomGrayscale(p=p)),
            (recipe.blur, lambda p: kornia_augmentation.RandomGaussianBlur((5, 5), (0.3, 1.5), p=p)),
            (recipe.noise, lambda p: kornia_augmentation.RandomGaussianNoise(std=0.03, p=p)),
        ):
            if probability > 0:
                steps.append(make(probability))
        self.steps = nn.ModuleList(steps)

    def forward(self, batch: Tensor) -> Tensor:
        """Change a batch, float32 (N, 3, H, W) in 0…1."""
        for step in self.steps:
            batch = step(batch)
        return batch.clamp(0.0, 1.0)


class _ChannelGain(nn.Module):
    """Each colour channel brighter or darker by up to 15 %: another white balance, far cheaper than a turn
    of hue.
    """

    def __init__(self, *, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, batch: Tensor) -> Tensor:
        gain = 1 + 0.15 * (2 * batch.new_empty((len(batch), 3, 1, 1)).uniform_() - 1)
        chosen = batch.new_empty((len(batch), 1, 1, 1)).uniform_() < self.p
        return batch * gain.where(chosen, gain.new_ones(()))
