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
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crackscope.datasets import find_samples, read_mask, read_picture
from crackscope.datasets.audit.audit import audit
from crackscope.datasets.audit.facts import to_grey
from crackscope.datasets.audit.fingerprint import fingerprint
from crackscope.datasets.audit.near_duplicates import find_twins
from crackscope.datasets.audit.orientation import fit_orientation
from crackscope.datasets.layouts import list_entries
from crackscope.datasets.repair import Cleaning, clean
from crackscope.datasets.turns import KEEPING_SHAPE, TURNS, turned
from crackscope.imaging.photo import Photo

MASKED_SETS = (
    *("deepcrack_train", "deepcrack_test", "crack500", "gaps", "rissbilder", "volker", "roboflow_crackseg"),
    *("uav", "shadowcrack", "masonry", "magnetic_tile", "ceramic_tile"),
)
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


def real_masks(data: Path, most: int) -> list[tuple[str, NDArray[np.uint8], NDArray[np.bool_]]]:
    """Read up to `most` pictures of each set, evenly spread: set, brightness, mask."""
    found = []
    for name in MASKED_SETS:
        samples = find_samples([data / name])
        for position in np.linspace(0, len(samples) - 1, min(most, len(samples))).round().astype(int):
            pixels = read_picture(samples[position])
            mask = read_mask(samples[position], height=pixels.shape[0], width=pixels.shape[1])
            if 0 < mask.mean() < 0.5:
                found.append((name, to_grey(pixels), mask))
    return found


def orientation(data: Path) -> None:
    """Turn the masks of real pictures in every way that their shape allows, and print what is recognised."""
    called_wrong = Counter[str]()
    turned_, recognised, mistaken = Counter[str](), Counter[str](), 0
    pictures = real_masks(data, 120)
    for name, grey, mask in pictures:
        called_wrong[name] += fit_orientation(grey, mask).wrong
        square = mask.shape[0] == mask.shape[1]
        for turn in TURNS if square else KEEPING_SHAPE:
            fit = fit_orientation(grey, turned(mask, turn))
            right = (
                fit.best_turn is not None
                and turned(turned(mask, turn), fit.best_turn).tobytes() == mask.tobytes()
            )
            turned_[name] += 1
            recognised[name] += fit.wrong and right
            mistaken += fit.wrong and not right
    print(f"{len(pictures)} real pictures: right masks called wrong: {sum(called_wrong.values())}")
    shares = ", ".join(f"{name} {recognised[name] / count:.0%}" for name, count in turned_.items())
    total = sum(turned_.values())
    share, wrong = recognised.total() / total, mistaken / total
    print(f"{total} turned masks: recognised {share:.1%}, wrong turn {wrong:.2%}; {shares}")


def copies(data: Path) -> None:
    """Rescale, compress and turn real pictures, and print how many copies are recognised."""
    rng, likeness = np.random.default_rng(0), []
    images = [entry.image for entry in list_entries(data).entries if entry.image is not None]
    for position in rng.choice(len(images), 600, replace=False):
        grey = to_grey(Photo.open(images[position]).pixels)
        turn, factor = (None, *TURNS)[rng.integers(8)], float(rng.uniform(0.4, 1.5))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        copy = cv2.resize(
            grey if turn is None else turned(grey, turn), None, fx=factor, fy=factor, interpolation=how
        )
        done, data_ = cv2.imencode(".jpg", copy, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))])
        assert done
        copy = cv2.imdecode(data_, cv2.IMREAD_GRAYSCALE)
        twins = list(find_twins(np.stack([fingerprint(grey), fingerprint(copy)])))
        likeness.append(twins[0].similarity if twins else 0.0)
    found = np.array(likeness) > 0
    print(f"600 copies of real pictures: recognised {found.mean():.1%}")


def cleaning(data: Path) -> None:
    """Spoil real masks, and print how near to them cleaning comes."""
    rng = np.random.default_rng(0)
    masks = [mask for _, _, mask in real_masks(data, 25)]

    def specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        mask = mask.copy()
        for _ in range(int(rng.integers(25, 80))):
            row, column = int(rng.integers(mask.shape[0] - 2)), int(rng.integers(mask.shape[1] - 2))
            mask[row : row + int(rng.integers(1, 3)), column : column + int(rng.integers(1, 3))] = True
        return mask

    spoilt = {
        "clean": masks,
        "specks": [specks(mask) for mask in masks],
        "salt and pepper": [mask ^ (rng.random(mask.shape) < 0.003) for mask in masks],
    }
    ways = {
        "default": Cleaning(),
        "specks under 20 px": Cleaning(least_area_px=20),
        "closing": Cleaning(closing_px=1),
        "opening": Cleaning(opening_px=1),
    }
    print(f"F1 after cleaning, mean of {len(masks)} real masks")
    for name, noisy in spoilt.items():
        pairs = list(zip(noisy, masks, strict=True))
        scores = {"none": np.mean([f1(one, mask) for one, mask in pairs])}
        scores |= {
            way: np.mean([f1(clean(one, how), mask) for one, mask in pairs]) for way, how in ways.items()
        }
        print(f"  {name}:", ", ".join(f"{way} {score:.4f}" for way, score in scores.items()))


def f1(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float(2 * (one & other).sum() / max(1, one.sum() + other.sum()))


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
    if options.data.is_dir():
        orientation(options.data)
        copies(options.data)
        cleaning(options.data)
    speed(options.data)
    if options.many:
        memory(options.many)


if __name__ == "__main__":
    main()
