"""Accuracy of a model file on pictures it never saw: DeepCrack's test half, and crack-free pictures.

usage: python benchmarks/accuracy.py [MODEL] [--data ../shared/data] [--engine NAME]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from crackscope.datasets import Sample, find_samples, split_by_source
from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile
from crackscope.engine.segmentation import Segmenter
from crackscope.engine.session import DEFAULT_ENGINE
from crackscope.evaluation import evaluate
from crackscope.evaluation.figures import Figure
from crackscope.imaging.photo import Photo
from crackscope.inspection.inspection import CRACK
from crackscope.inspection.inspector import Inspector


def held_back(noncrack: Path, model: ModelFile) -> list[Sample]:
    """Pick the crack-free pictures that the model's training left aside, as its recipe says."""
    recipe = model.card.recipe
    shares = {name: own["test_share"] for name, own in recipe["data"]["sets"].items()}
    split = split_by_source(
        find_samples([noncrack]),
        seed=recipe["seed"],
        validation_share=recipe["data"]["validation_share"],
        test_shares=shares,
    )
    return list(split.test)


def alarms(inspector: Inspector, pictures: Iterable[Path]) -> tuple[int, int]:
    """Count the pictures in which a crack is reported, and all."""
    verdicts = [inspector.inspect(Photo.open(path)).verdict for path in pictures]
    return verdicts.count(CRACK), len(verdicts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--engine", default=DEFAULT_ENGINE)
    options = parser.parse_args()
    model = ModelFile.open(options.model)
    if not options.data.is_dir():
        print(f"{options.data} is absent: nothing measured")
        return
    print(f"{model.card.name} {model.card.precision}, {model.size_bytes / 1e6:.2f} MB, {options.engine}")
    segmenter = Segmenter(model, engine=options.engine)
    result = evaluate(
        segmenter.probability_map,
        find_samples([options.data / "deepcrack_test"]),
        threshold=model.card.threshold,
        crack_filter=model.card.crack_filter,
    )
    group = result.sets[0]
    print(f"| deepcrack_test, {group.pictures} pictures, threshold {model.card.threshold:.3f} | | |")
    for name, figure in group.figures.items():
        if figure.value is not None:
            print(f"| {name} | {figure.value:.4f} | {_interval(figure)} |")
    print(f"| expected calibration error | {group.calibration_error:.4f} | |")
    if group.oracle is not None:
        print(f"| oracle threshold {group.oracle.threshold:.3f}: F1 | {group.oracle.f1:.4f} | |")
    inspector = Inspector(model, engine=options.engine)
    crack_free = {
        "noncrack, held back": [s.image for s in held_back(options.data / "noncrack", model)],
        "metu test/Negative": sorted((options.data / "metu/test/Negative").iterdir()),
        "metu test/Positive": sorted((options.data / "metu/test/Positive").iterdir()),
    }
    for name, pictures in crack_free.items():
        reported, total = alarms(inspector, pictures)
        print(f"| {name}: pictures with a crack reported | {reported} of {total} | {reported / total:.1%} |")


def _interval(figure: Figure) -> str:
    return "" if figure.interval is None else f"{figure.interval.low:.4f}–{figure.interval.high:.4f}"


if __name__ == "__main__":
    main()
