"""Draw a dataset with the faults of public ones: python docs/examples/draw_broken_dataset.py FOLDER.

The folder gets ``Positive/{Images,Masks}`` and ``Negative/{Images,Mask}``, 40 pictures of each class,
of which some are broken, turned, doubled, noisy or mislabelled. The pictures are drawn, not photographed.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackscope.imaging.arrays import BoolMask
from crackscope.imaging.encode import write_jpeg
from crackscope.imaging.synthetic import draw_photo

PICTURES = 40  # of each class
SIDE_PX = 224


@dataclass(frozen=True)
class Pair:
    """A picture, its mask, and what the mask should be."""

    image: Path
    mask: Path
    truth: BoolMask


Fault = Callable[[Pair], None]


def grey(mask: BoolMask) -> np.ndarray:
    """Give a mask the values 0 and 255."""
    return mask.astype(np.uint8) * np.uint8(255)


def mirrored(pair: Pair) -> None:
    """Let the mask lie mirrored."""
    cv2.imwrite(str(pair.mask), grey(pair.truth[:, ::-1]))


def saved_as_jpeg(pair: Pair) -> None:
    """Save the mask with losses, and under its old name."""
    done, data = cv2.imencode(".jpg", grey(pair.truth), [cv2.IMWRITE_JPEG_QUALITY, 40])
    assert done
    pair.mask.write_bytes(data.tobytes())


def in_colours(pair: Pair) -> None:
    """Save the mask with three channels."""
    cv2.imwrite(str(pair.mask), cv2.cvtColor(grey(pair.truth), cv2.COLOR_GRAY2BGR))


def inverted(pair: Pair) -> None:
    """Swap black and white."""
    cv2.imwrite(str(pair.mask), grey(~pair.truth))


def speckled(pair: Pair) -> None:
    """Strew specks over the mask."""
    specks = np.random.default_rng(0).random(pair.truth.shape) < 0.002
    cv2.imwrite(str(pair.mask), grey(pair.truth | specks))


def cut_off(pair: Pair) -> None:
    """Keep half of the picture's file."""
    data = pair.image.read_bytes()
    pair.image.write_bytes(data[: len(data) // 2])


def without_mask(pair: Pair) -> None:
    """Lose the mask."""
    pair.mask.unlink()


def twice(pair: Pair) -> None:
    """Keep a copy of both files under another name."""
    pair.image.with_stem(f"{pair.image.stem}_copy").write_bytes(pair.image.read_bytes())
    pair.mask.with_stem(f"{pair.mask.stem}_copy").write_bytes(pair.mask.read_bytes())


def turned_copy(pair: Pair) -> None:
    """Keep a smaller copy that is turned by 180°."""
    picture, size = cv2.imread(str(pair.image))[::-1, ::-1], (180, 180)
    cv2.imwrite(
        str(pair.image.with_stem(f"{pair.image.stem}_b")),
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA),
    )
    small = cv2.resize(grey(pair.truth[::-1, ::-1]), size, interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(pair.mask.with_stem(f"{pair.mask.stem}_b")), small)


def emptied(pair: Pair) -> None:
    """Mark no crack."""
    cv2.imwrite(str(pair.mask), grey(np.zeros_like(pair.truth)))


def marked(pair: Pair) -> None:
    """Mark a crack where there is none."""
    cv2.imwrite(str(pair.mask), grey(draw_photo(height=SIDE_PX, width=SIDE_PX, seed=999, cracks=1).mask))


POSITIVE_FAULTS: tuple[Fault, ...] = (
    mirrored,
    saved_as_jpeg,
    in_colours,
    inverted,
    speckled,
    cut_off,
    without_mask,
    twice,
    turned_copy,
    emptied,
)


def main(folder: Path) -> None:
    """Draw the same dataset every time."""
    for name in ("Positive/Images", "Positive/Masks", "Negative/Images", "Negative/Mask"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(PICTURES):
        for home, masks, cracks in (("Positive", "Masks", 1), ("Negative", "Mask", 0)):
            photo = draw_photo(height=SIDE_PX, width=SIDE_PX, seed=number + 1000 * cracks, cracks=cracks)
            image = folder / home / "Images" / f"{number:03d}.jpg"
            mask = folder / home / masks / f"{number:03d}.png"
            write_jpeg(image, photo.pixels)
            cv2.imwrite(str(mask), grey(photo.mask))
            if cracks and number < len(POSITIVE_FAULTS):
                POSITIVE_FAULTS[number](Pair(image, mask, photo.mask))
            elif number == 0:
                marked(Pair(image, mask, photo.mask))
    print(f"Drew {2 * PICTURES} pictures in {folder}, some of them spoilt")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/examples/draw_broken_dataset.py FOLDER")
    main(Path(sys.argv[1]))
