"""A small dataset drawn by the project: cracked pictures with masks, and crack-free ones."""

from pathlib import Path

from crackscope.imaging.encode import write_jpeg, write_png
from crackscope.imaging.synthetic import draw_photo


def write_drawn_dataset(
    folder: Path, *, cracked: int = 16, crack_free: int = 6, height: int = 96, width: int = 128
) -> Path:
    """Write the sets ``drawn`` (pairs) and ``noncrack`` below `folder`; two pictures come from each source
    photo."""
    for name in ("drawn/images", "drawn/masks", "noncrack/images"):
        (folder / name).mkdir(parents=True)
    for number in range(cracked):
        photo = draw_photo(height=height, width=width, seed=number, cracks=1)
        stem = f"wall{number // 2:02d}-{number % 2}"
        write_jpeg(folder / "drawn" / "images" / f"{stem}.jpg", photo.pixels)
        mask = photo.mask[:, :, None].repeat(3, axis=2).astype("uint8") * 255
        write_png(folder / "drawn" / "masks" / f"{stem}.png", mask)
    for number in range(crack_free):
        photo = draw_photo(height=height, width=width, seed=1000 + number, cracks=0)
        write_jpeg(folder / "noncrack" / "images" / f"plain{number:02d}.jpg", photo.pixels)
    return folder
