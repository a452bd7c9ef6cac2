"""Peak memory and time of photos of 25, 50 and 100 megapixels, each in a process of its own.

usage: python benchmarks/large_photo.py [MODEL]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from crackscope.engine.model_file import DEFAULT_MODEL
from crackscope.imaging.encode import write_jpeg
from crackscope.imaging.photo import Photo
from crackscope.imaging.synthetic import draw_photo
from crackscope.inspection.inspector import Inspector

SIZES = {25: (4096, 6144), 50: (6144, 8192), 100: (8192, 12288)}
TILE = 2048


def draw(path: Path, height: int, width: int) -> None:
    """Write a photo of `height`×`width` put together from different drawn tiles of 2048 px."""
    rows = []
    for row in range(height // TILE):
        tiles = [
            draw_photo(height=TILE // 2, width=TILE // 2, seed=100 * row + column, cracks=3).pixels
            for column in range(width // TILE)
        ]
        rows.append(np.hstack([cv2.resize(tile, (TILE, TILE)) for tile in tiles]))
    write_jpeg(path, np.vstack(rows))


def inspect(path: Path, model: str) -> None:
    """Inspect one photo and print the memory and time of decoding and of looking, apart from each other."""
    inspector = Inspector(model)
    inspector.inspect(np.zeros((512, 512, 3), np.uint8))
    _forget_peak()
    begun = time.perf_counter()
    photo = Photo.open(path)
    decoded, decoding_mb = time.perf_counter(), _memory_mb("VmHWM")
    held_mb = _memory_mb("VmRSS")
    _forget_peak()
    result = inspector.inspect(photo)
    done, looking_mb = time.perf_counter(), _memory_mb("VmHWM")
    pixels = photo.pixels.shape[0] * photo.pixels.shape[1]
    cells = [f"{pixels / 1e6:.0f} MP", f"{len(result.cracks)}"]
    cells += [f"{value:.0f}" for value in (decoding_mb, held_mb, looking_mb, looking_mb - held_mb)]
    cells += [f"{decoded - begun:.2f}", f"{done - decoded:.2f}", f"{(done - decoded) / pixels * 1e6:.3f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def _forget_peak() -> None:
    """Let the kernel count the peak of resident memory anew (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def _memory_mb(key: str) -> float:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) * 1024 / 1e6


def main() -> None:
    if len(sys.argv) == 3:
        inspect(Path(sys.argv[1]), sys.argv[2])
        return
    model = sys.argv[1] if len(sys.argv) == 2 else DEFAULT_MODEL
    print("| photo | cracks | decoding: peak MB | held | looking | above held | decode s | look s | s/MP |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for megapixels, (height, width) in SIZES.items():
            path = Path(folder) / f"{megapixels}.jpg"
            draw(path, height, width)
            subprocess.run([sys.executable, __file__, str(path), model], check=True)
            path.unlink()


if __name__ == "__main__":
    main()
