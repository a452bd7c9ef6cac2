"""What looks at the pyramid, and at what was cut out of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

BOX_CELLS = 7
LOOK_CELLS = 56
"""Cells along a side of the crack map about a proposal."""
LOOK_REACH = 1.5
"""Side of what is looked at, as a multiple of the proposal's: whether a crack goes on is seen outside."""
_LOOK_CHANNELS = 16
FACTS = 7
"""About each proposal, see `facts_of`."""
_FACT_FEATURES = 32
_USUAL_PX = 100.0
_A_LITTLE = 1e-3
MASK_SIZES_PX = {28: (14, 1), 56: (28, 1), 112: (28, 2)}
"""Side of a mask → cells along a side of what is cut out, and how often it is doubled."""


class ProposalHead(nn.Module):
    """Where something might be: a logit and a box for every anchor of every level.

    Parameters
    ----------
    channels : int
        Of the pyramid.
    per_cell : int
        Anchors about each cell.

    Notes
    -----
    Ren et al. 2015, "Faster R-CNN". Outputs are float32 whatever the convolutions compute in: a box's corner
    has more digits than bfloat16 has.
    """

    def __init__(self, channels: int, per_cell: int) -> None:
        super().__init__()
        self.hidden = nn.Conv2d(channels, channels, 3, padding=1)
        self.activation = nn.ReLU(inplace=True)
        self.objectness = nn.Conv2d(channels, per_cell, 1)
        self.deltas = nn.Conv2d(channels, 4 * per_cell, 1)
        for layer in (self.hidden, self.objectness, self.deltas):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Levels (N, C, H', W') → logits (N, anchors) and shifts (N, anchors, 4), in the anchors' order."""
        logits, deltas = [], []
        for level in levels:
            hidden = self.activation(self.hidden(level))
            logits.append(self.objectness(hidden).float().permute(0, 2, 3, 1).flatten(1))
            own = self.deltas(hidden).float().permute(0, 2, 3, 1)
            deltas.append(own.reshape(own.shape[0], -1, 4))
        return torch.cat(logits, dim=1), torch.cat(deltas, dim=1)


class BoxHead(nn.Module):
    """Whether a proposal is a crack, and where its box lies exactly.

    Parameters
    ----------
    channels : int
        Of what is cut out, `BOX_CELLS` cells a side.
    features : int
        Of the two hidden layers.

    Notes
    -----
    Besides the features it looks at the map of crack pixels about the proposal, finely enough to see where a
    crack ends: a box of a thin crack hangs on its two ends. A few facts, `facts_of`, go straight to the
    score.
    """

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, _LOOK_CHANNELS, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(_LOOK_CHANNELS, _LOOK_CHANNELS, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(_LOOK_CHANNELS, _LOOK_CHANNELS, 3, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.weigh = nn.Sequential(nn.Linear(FACTS, _FACT_FEATURES), nn.ReLU(inplace=True))
        self.hidden = nn.Sequential(
            nn.Flatten(),
            nn.Linear((channels + _LOOK_CHANNELS) * BOX_CELLS**2, features),
            nn.ReLU(inplace=True),
            nn.Linear(features, features),
            nn.ReLU(inplace=True),
        )
        self.score = nn.Linear(features + _FACT_FEATURES, 1)
        self.deltas = nn.Linear(features, 4)
        nn.init.normal_(self.score.weight, std=0.01)
        nn.init.normal_(self.deltas.weight, std=0.001)
        nn.init.zeros_(self.deltas.bias)

    def forward(self, cut: Tensor, seen: Tensor, facts: Tensor) -> tuple[Tensor, Tensor]:
        """Judge proposals.

        Parameters
        ----------
        cut : float32 tensor, shape (K, C, 7, 7)
            Features.
        seen : float32 tensor, shape (K, 1, `LOOK_CELLS`, `LOOK_CELLS`)
            Probabilities of crack in the proposal grown by `LOOK_REACH`.
        facts : float32 tensor, shape (K, `FACTS`)

        Returns
        -------
        logits : float32 tensor, shape (K,)
        shifts : float32 tensor, shape (K, 4)
        """
        hidden = self.hidden(torch.cat([cut, self.look(seen)], dim=1))
        score = self.score(torch.cat([hidden, self.weigh(facts)], dim=1))
        return score.float()[:, 0], self.deltas(hidden).float()


def facts_of(seen: Tensor, boxes: Tensor, sureness: Tensor) -> Tensor:
    """Tell what speaks for a proposal: its size, how sure its pixels are, and whether cracks go on outside.

    Parameters
    ----------
    seen : float32 tensor, shape (K, 1, `LOOK_CELLS`, `LOOK_CELLS`)
        Probabilities of crack in the proposals grown by `LOOK_REACH`.
    boxes : float32 tensor, shape (K, 4)
        The proposals.
    sureness : float32 tensor, shape (K,)
        Mean probability of the region that a proposal was drawn about, 0 where it was not.

    Returns
    -------
    float32 tensor, shape (K, `FACTS`)
        All of about one size.
    """
    border = round(LOOK_CELLS * (1 - 1 / LOOK_REACH) / 2)
    inside = seen[:, 0, border:-border, border:-border]
    mass, all_about = inside.sum(dim=(1, 2)), seen.sum(dim=(1, 2, 3))
    sides = torch.log((boxes[:, 2:] - boxes[:, :2]).clamp(min=1) / _USUAL_PX)
    facts = [
        inside.square().sum(dim=(1, 2)) / (mass + _A_LITTLE),
        mass / (all_about + _A_LITTLE),
        inside.mean(dim=(1, 2)).sqrt(),
        sides[:, 0],
        sides[:, 1],
        sureness,
        (sureness > 0).float(),
    ]
    return torch.stack(facts, dim=1)


class MaskHead(nn.Module):
    """Which part of a box is the crack.

    Parameters
    ----------
    channels : int
        Of what is cut out.
    mask_channels : int
        Of the hidden layers.
    layers : int
        Convolutions before the first doubling.
    mask_px : int
        Side of the mask, one of `MASK_SIZES_PX`.

    Notes
    -----
    He et al. 2017, "Mask R-CNN". A crack is thin and its box is not: cut into 28 cells a side, a box of 400
    px has cells of 14 px, three times as wide as the crack. So the mask is the map of crack pixels, at full
    resolution; what is said here is what to add to it in each cell: which of the pixels are of the crack
    that the box is for.
    """

    def __init__(self, channels: int, mask_channels: int, *, layers: int, mask_px: int) -> None:
        super().__init__()
        if mask_px not in MASK_SIZES_PX:
            raise ValueError(f"mask_px must be one of {', '.join(map(str, MASK_SIZES_PX))}, not {mask_px}")
        self.cells, doublings = MASK_SIZES_PX[mask_px]
        steps: list[nn.Module] = []
        inputs = channels
        for _ in range(layers):
            steps += [nn.Conv2d(inputs, mask_channels, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = mask_channels
        for _ in range(doublings):
            steps += [nn.ConvTranspose2d(inputs, mask_channels, 2, stride=2), nn.ReLU(inplace=True)]
            inputs = mask_channels
        for step in steps:
            if isinstance(step, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(step.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(step.bias)  # type: ignore[arg-type]
        self.hidden = nn.Sequential(*steps)
        self.logits = nn.Conv2d(inputs, 1, 1)
        # At first nothing is added to the map.
        nn.init.normal_(self.logits.weight, std=0.01)
        nn.init.zeros_(self.logits.bias)  # type: ignore[arg-type]

    def forward(self, cut: Tensor) -> Tensor:
        """Features (K, C, cells, cells) → what is added to the map's logits (K, 1, mask_px, mask_px)."""
        added: Tensor = self.logits(self.hidden(cut)).float()
        return added
