"""Segmentation architectures under one protocol: same pictures, same crops, same number of them, same seed.

Trains each from nothing (or from the named weights) into a run folder of its own; a run that is there is not
repeated, one that was stopped goes on. Then prints the command that judges all of them on pictures none has
seen, with model-file sizes and latencies:

    python benchmarks/architectures.py --data ../shared/data --out runs/architectures
"""

from __future__ import annotations

import argparse
from pathlib import Path

from crackscope.evaluation.frozen_run import freeze_run
from crackscope.training.recipe import Recipe, read_recipe
from crackscope.training.run import train
from crackscope.training.run_files import FROZEN, LAST
from crackscope.training.run_folder import RunFolder

RECIPE = "segment-unet-resnet"
ARCHITECTURES = (
    "light",
    "hrsegnet",
    "enet",
    "mobile",
    "unet-mobilenetv2",
    "unet-resnet18",
    "deeplabv3plus",
    "unet",
    "segformer-b0",
    "unet-mobilenetv3",
    "unet-efficientnet-lite0",
)
OPTIONS: dict[str, str] = {"unet": "{base: 16}"}
"""The plain U-Net at a quarter of its published weights: the whole is out of proportion on a processor."""


def recipe_of(architecture: str, *, epochs: int, crops: int) -> Recipe:
    """Make the protocol's recipe for one architecture."""
    return read_recipe(
        RECIPE,
        changes=[
            f"name={architecture}",
            f"model={{name: {architecture}, options: {OPTIONS.get(architecture, '{}')}}}",
            f"epochs={epochs}",
            f"crops_per_epoch={crops}",
            f"validate_every={epochs}",
            "data.validation_pictures=60",
            "optimiser.learning_rate=0.002",
            "optimiser.warmup_steps=40",
            "optimiser.average_decay=0.99",
        ],
    )


def main() -> None:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the recipe's sets"
    )
    parser.add_argument("--out", type=Path, help="folder of the runs")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--crops", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=ARCHITECTURES)
    arguments = parser.parse_args()
    if arguments.out is None:
        print("trains for hours: give --out FOLDER")
        return
    for architecture in arguments.only:
        recipe = recipe_of(architecture, epochs=arguments.epochs, crops=arguments.crops)
        folders = [arguments.data / name for name in recipe.data.sets if (arguments.data / name).is_dir()]
        run = arguments.out / architecture
        if not (run / FROZEN).exists():
            best = train(
                recipe,
                folders,
                run,
                resume=(run / LAST).exists(),
                cache_folder=arguments.out / "cache",
                threads=arguments.threads,
            )
            freeze_run(RunFolder.open(run), best)
        print(f"{architecture}: {run}", flush=True)
    runs = " ".join(str(arguments.out / name) for name in arguments.only)
    test = arguments.data / "deepcrack_test"
    print(f"next: crackscope compare {runs} --data {test} --out {arguments.out / 'compare'}")


if __name__ == "__main__":
    main()
