"""Crops per second of a training step: architectures, precision, and freed memory kept or not.

usage: python benchmarks/training_step.py [--threads 2]

Every figure is measured in a process of its own, on tensors already in memory: augmentation, network,
loss, step.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import torch

from crackscope.models import build_segmentation
from crackscope.models.layers import as_channels_last
from crackscope.training.augmentation import PhotometricAugmentation
from crackscope.training.losses import sum_of_losses
from crackscope.training.memory import keep_freed_memory
from crackscope.training.normalisation import normalise
from crackscope.training.recipe import AugmentationRecipe

BATCH = 16
CROP_PX = 256
SECONDS = 6.0
MODELS = ("light", "mobile", "resnet50")


def crops_per_second(model: str, precision: str, memory: str, threads: int) -> float:
    if memory == "kept":
        keep_freed_memory()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = as_channels_last(build_segmentation(model))
    augment = PhotometricAugmentation(AugmentationRecipe())
    loss_of = sum_of_losses([("bce", 1.0, {}), ("dice", 1.0, {})])
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4)
    pixels = torch.rand(BATCH, 3, CROP_PX, CROP_PX)
    truth = (torch.rand(BATCH, 1, CROP_PX, CROP_PX) > 0.95).float()

    def step() -> None:
        changed = augment(pixels)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            logits = network(normalise(changed))
        optimiser.zero_grad()
        loss_of(logits.float(), truth, torch.ones_like(truth)).backward()
        optimiser.step()

    for _ in range(2):
        step()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        step()
        steps += 1
    return BATCH * steps / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--row", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        print(f"{crops_per_second(*options.row, options.threads):.1f}")
        return
    print("| network | fp32, memory handed back | fp32, kept | bf16, handed back | bf16, kept |")
    for model in MODELS:
        cells = []
        for precision in ("fp32", "bf16"):
            for memory in ("returned", "kept"):
                row = ["--row", model, precision, memory, "--threads", str(options.threads)]
                command = [sys.executable, __file__, *row]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                cells.append(done.stdout.strip())
        print(f"| {model} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
