"""What proposals should become: which are a crack, which are not, and which of them teach."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torchvision.ops import box_iou

UNCLEAR = -1
BACKGROUND = 0
CRACK = 1


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Each proposal's part in training.

    Parameters
    ----------
    labels : int64 tensor, shape (N,)
        `CRACK`, `BACKGROUND` or `UNCLEAR`.
    crack : int64 tensor, shape (N,)
        Number of the true box that overlaps most; 0 where there is none at all.
    """

    labels: Tensor
    crack: Tensor


def match(proposals: Tensor, truth: Tensor, *, high: float, low: float, each_truth: bool) -> Matches:
    """Match proposals with the true boxes of a picture.

    Parameters
    ----------
    proposals : float32 tensor, shape (N, 4)
        x0, y0, x1, y1 in px.
    truth : float32 tensor, shape (K, 4)
    high, low : float
        A crack from this IoU on; background below that one.
    each_truth : bool
        The proposals that overlap a true box most are cracks as well, however little they do: thin boxes
        overlap few.

    Returns
    -------
    Matches

    References
    ----------
    Ren et al. 2015, "Faster R-CNN", section 3.1.2.
    """
    if len(truth) == 0:
        nothing = torch.zeros(len(proposals), dtype=torch.int64, device=proposals.device)
        return Matches(nothing + BACKGROUND, nothing)
    iou = box_iou(truth, proposals)
    best, crack = iou.max(dim=0)
    labels = torch.full_like(crack, UNCLEAR)
    labels[best < low] = BACKGROUND
    labels[best >= high] = CRACK
    if each_truth:
        most = iou.max(dim=1, keepdim=True).values
        labels[((iou == most) & (most > 0)).any(dim=0)] = CRACK
    return Matches(labels, crack)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """The proposals of a picture that teach.

    Parameters
    ----------
    cracks, background : int64 tensors, shapes (K,), (B,)
        Their numbers.
    crack : int64 tensor, shape (K,)
        For each of the cracks, the number of the true box that it should become.
    """

    cracks: Tensor
    background: Tensor
    crack: Tensor

    @classmethod
    def of(cls, matches: Matches, *, most: int, crack_share: float, first: int = 0) -> Lesson:
        """Draw those that teach; see `sample`."""
        cracks, background = sample(matches.labels, most=most, crack_share=crack_share, first=first)
        return cls(cracks, background, matches.crack[cracks])

    @property
    def chosen(self) -> Tensor:
        """Numbers of both kinds, cracks first."""
        return torch.cat([self.cracks, self.background])

    @property
    def labels(self) -> Tensor:
        """Float32, 1 or 0 for each of `chosen`."""
        return torch.cat([torch.ones_like(self.cracks), torch.zeros_like(self.background)]).float()


def sample(labels: Tensor, *, most: int, crack_share: float, first: int = 0) -> tuple[Tensor, Tensor]:
    """Draw the proposals that teach: cracks up to their share, background for the rest.

    Parameters
    ----------
    labels : int64 tensor, shape (N,)
        As in `Matches`.
    most : int
        Proposals of both kinds together.
    crack_share : float
    first : int
        The first so many proposals come before others.

    Returns
    -------
    cracks, background : int64 tensors
        Numbers of the proposals, drawn by torch's generator.
    """
    cracks = _some(torch.where(labels == CRACK)[0], int(most * crack_share), first)
    return cracks, _some(torch.where(labels == BACKGROUND)[0], most - len(cracks), first)


def _some(numbers: Tensor, most: int, first: int) -> Tensor:
    if len(numbers) <= most:
        return numbers
    shuffled = numbers[torch.randperm(len(numbers), device=numbers.device)]
    return torch.cat([shuffled[shuffled < first], shuffled[shuffled >= first]])[:most]
