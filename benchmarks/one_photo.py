"""From the bytes of a 640×480 JPEG to its Inspection: median and 95th percentile of 200 photos.

usage: python benchmarks/one_photo.py [MODEL] [--threads 2]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from crackscope.engine.model_file import DEFAULT_MODEL
from crackscope.engine.session import ENGINES
from crackscope.errors import CrackscopeError
from crackscope.imaging.encode import write_jpeg
from crackscope.imaging.synthetic import draw_photo
from crackscope.inspection.inspector import Inspector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    inspectors = {}
    for engine in ENGINES:
        try:
            inspectors[engine] = Inspector(options.model, engine=engine, threads=options.threads)
        except CrackscopeError as error:
            print(error)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.jpg" for number in range(20)]
        for number, path in enumerate(paths):
            write_jpeg(path, draw_photo(height=480, width=640, seed=number).pixels)
        milliseconds: dict[str, list[float]] = {engine: [] for engine in inspectors}
        steps: dict[str, list[dict[str, float]]] = {engine: [] for engine in inspectors}
        for inspection_round in range(options.rounds + 1):
            for path in paths:
                for engine, inspector in inspectors.items():  # in turn, so that the machine's moods hit both
                    begun = time.perf_counter()
                    result = inspector.inspect(path)
                    if inspection_round:
                        milliseconds[engine].append((time.perf_counter() - begun) * 1e3)
                        steps[engine].append(dict(result.timings_ms))
    print("| engine | median, ms | 95th percentile | decode | predict | measure |")
    print("|---|---|---|---|---|---|")
    for engine, times in milliseconds.items():
        parts = [
            np.median([step[name] for step in steps[engine]]) for name in ("decode", "predict", "measure")
        ]
        cells = [np.median(times), np.percentile(times, 95), *parts]
        print(f"| {engine} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()
