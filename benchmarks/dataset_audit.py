"""How well an audit finds planted faults, how fast it is, and what memory it takes.

usage: python benchmarks/dataset_audit.py [--pictures 2000] [--seeds 0 1 2] [--data DIR] [--many 100000]
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image

from crackscope.datasets.audit.audit import audit
from crackscope.datasets.layouts import list_entries

SETS_OF_448_PX = ("gaps", "rissbilder", "uav", "volker")


def planting_tool() -> ModuleType:
    """Load the tests' planting tool."""
    path = Path(__file__).resolve().parent.parent / "tests" / "planted_dataset.py"
    spec = importlib.util.spec_from_file_location("planted_dataset", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["planted_dataset"] = module
    spec.loader.exec_module(module)
    return module


def planted_faults(pictures: int, seeds: list[int]) -> None:
    """Print recall and precision for each kind, the seeds together."""
    tool = planting_tool()
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            planted = tool.plant(Path(folder).resolve(), pictures=pictures, seed=seed)
            found = audit(list_entries(Path(folder))).findings
            for kind, score in tool.scores(planted, found).items():
                numbers = (score.planted, score.found, score.findings, score.right)
                sums[kind] = [one + two for one, two in zip(sums[kind], numbers, strict=True)]
    print(f"planted faults, {pictures} pictures for each of the seeds {seeds}")
    print("| kind | planted | recall | findings | precision |\n|---|---|---|---|---|")
    for kind, (planted_, found_, findings, right) in sorted(sums.items()):
        recall = f"{found_ / planted_:.3f}" if planted_ else "–"
        precision = f"{right / findings:.3f}" if findings else "–"
        print(f"| {kind} | {planted_} | {recall} | {findings} | {precision} |")


def timed(folders: list[Path], cache: Path | None) -> tuple[int, float]:
    """Audit folders one after the other: number of pictures and seconds."""
    start, pictures = time.perf_counter(), 0
    for folder in folders:
        pictures += audit(list_entries(folder), cache_folder=cache).pictures
    return pictures, time.perf_counter() - start


def speed(data: Path) -> None:
    """Print pictures per second on real pictures of 448×448 with masks, fresh and from the cache."""
    folders = [data / name for name in SETS_OF_448_PX]
    if not all(folder.is_dir() for folder in folders):
        print(f"{data} is absent: speed not measured")
        return
    timed(folders, None)  # the files come from memory then
    fresh = sorted(pictures / seconds for pictures, seconds in (timed(folders, None) for _ in range(5)))
    with tempfile.TemporaryDirectory() as cache:
        timed(folders, Path(cache))
        pictures, seconds = timed(folders, Path(cache))
    print(f"{pictures} pictures of 448×448 with masks, a second, five runs:", [round(each) for each in fresh])
    print(f"from the cache: {pictures / seconds:.0f} a second")


def peak_memory(folder: str, results: multiprocessing.Queue[tuple[int, int, float]]) -> None:
    start = time.perf_counter()
    pictures = audit(list_entries(Path(folder))).pictures
    seconds = time.perf_counter() - start
    results.put((pictures, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, seconds))


def memory(most: int) -> None:
    """Print the peak memory of audits of more and more small pictures."""
    context = multiprocessing.get_context("spawn")
    for count in (most // 100, most // 10, most):
        with tempfile.TemporaryDirectory() as name:
            write_noise(Path(name) / "noise", count)
            results: multiprocessing.Queue[tuple[int, int, float]] = context.Queue()
            process = context.Process(target=peak_memory, args=(name, results))
            process.start()
            pictures, kilobytes, seconds = results.get()
            process.join()
        print(
            f"{pictures:,} pictures, {2 * pictures:,} files: peak {kilobytes / 1024:.0f} MB, {seconds:.0f} s"
        )


def write_noise(home: Path, count: int) -> None:
    """Write distinct pictures of 64×64 with masks."""
    rng = np.random.default_rng(0)
    for name in ("images", "masks"):
        (home / name).mkdir(parents=True)
    mask = Image.fromarray(np.eye(64, dtype=np.uint8) * 255)
    for number in range(count):
        coarse = rng.integers(60, 200, (16, 16), dtype=np.uint8)
        Image.fromarray(coarse).resize((64, 64), Image.Resampling.BICUBIC).save(
            home / f"images/{number:06d}.jpg"
        )
        mask.save(home / f"masks/{number:06d}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--many", type=int, default=0, help="also measure memory, up to so many pictures")
    options = parser.parse_args()
    if options.seeds:
        planted_faults(options.pictures, options.seeds)
    speed(options.data)
    if options.many:
        memory(options.many)


if __name__ == "__main__":
    main()
