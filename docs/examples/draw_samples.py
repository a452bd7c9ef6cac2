"""Draw sample photos of cracks, to have something to inspect: python docs/examples/draw_samples.py FOLDER.

The pictures are drawn, not photographed: each crack's centreline, width and mask are known exactly.
"""

import sys
from pathlib import Path

from crackscope.imaging.encode import write_jpeg
from crackscope.imaging.synthetic import draw_photo

SIZE_PX = (480, 640)
CRACKS_PER_PHOTO = (0, 1, 1, 2, 3, 0, 1, 2)


def main(folder: Path) -> None:
    """Draw one photo per entry of `CRACKS_PER_PHOTO`, the same ones every time."""
    folder.mkdir(parents=True, exist_ok=True)
    height, width = SIZE_PX
    for number, cracks in enumerate(CRACKS_PER_PHOTO, start=1):
        photo = draw_photo(height=height, width=width, seed=number, cracks=cracks)
        write_jpeg(folder / f"sample-{number:02d}-{cracks}-cracks.jpg", photo.pixels)
    print(f"Drew {len(CRACKS_PER_PHOTO)} sample photos in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/examples/draw_samples.py FOLDER")
    main(Path(sys.argv[1]))
