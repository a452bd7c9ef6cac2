"""How much longer a training step takes with its crops drawn than on crops already in memory.

usage: python benchmarks/data_loading.py [--threads 2] [--rounds 6]

Both kinds of step take turns in one process, on pictures that are drawn first; the network, its loss and its
optimiser are those of `crackscope train`. On a GPU the pictures lie in its memory and crops are cut there.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from crackscope.datasets import find_samples
from crackscope.imaging.encode import write_jpeg, write_png
from crackscope.imaging.synthetic import draw_photo
from crackscope.training.crop_data import CropData
from crackscope.training.memory import keep_freed_memory
from crackscope.training.precision import computes_in_bf16
from crackscope.training.recipe import Recipe, parse_recipe
from crackscope.training.samples import split_samples
from crackscope.training.tasks.kind import DataPlan
from crackscope.training.tasks.segmentation import SegmentationTask
from crackscope.training.watch import unwatched

PICTURES, PICTURE_PX, BATCH, CROP_PX, STEPS = 48, 448, 16, 256, 6
MODELS = ("light", "mobile", "unet-resnet18")
Batch = dict[str, torch.Tensor]


def draw_pictures(folder: Path) -> None:
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for number in range(PICTURES):
        photo = draw_photo(height=PICTURE_PX, width=PICTURE_PX, seed=number, cracks=1)
        write_jpeg(folder / "images" / f"p{number}.jpg", photo.pixels)
        mask = photo.mask[:, :, None].repeat(3, axis=2).astype("uint8") * 255
        write_png(folder / "masks" / f"p{number}.png", mask)


def plan_of(recipe: Recipe, folder: Path, *, workers: int, on_device: bool) -> DataPlan:
    return DataPlan(
        recipe=recipe,
        split=split_samples(find_samples([folder / "drawn"]), recipe),
        run_folder=folder,
        cache_folder=folder / "cache",
        batches=10_000,
        workers=workers,
        teacher_sha256=None,
        in_bf16=False,
        on_device=on_device,
        watch=unwatched,
    )


def endless(data: CropData, device: torch.device) -> Iterator[Batch]:
    for batch in data.train_dataloader():
        there = {name: value.to(device) for name, value in batch.items()}
        yield data.on_after_batch_transfer(there, 0)


def measure(model: str, folder: Path, *, workers: int, rounds: int) -> tuple[float, float]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    document = {"name": "step", "batch_size": BATCH, "model": {"name": model}, "data": {"crop_px": CROP_PX}}
    recipe = parse_recipe(document, source="benchmark")
    task = SegmentationTask(recipe, steps=1000, validation_sets=["drawn"]).to(device)
    optimiser: Any = task.configure_optimizers()["optimizer"]
    in_bf16 = computes_in_bf16("auto")

    def step(batch: Batch) -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=in_bf16):
            loss = task.loss_of(batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    data = CropData(plan_of(recipe, folder, workers=workers, on_device=device.type == "cuda"))
    batches = endless(data, device)
    kept = dict(next(batches))
    for _ in range(2):
        step(dict(kept))
        step(next(batches))
    times: dict[str, list[float]] = {"memory": [], "drawn": []}
    for _ in range(rounds):
        for kind, own in times.items():
            start = time.perf_counter()
            for _ in range(STEPS):
                step(dict(kept) if kind == "memory" else next(batches))
            if device.type == "cuda":
                torch.cuda.synchronize()
            own.append((time.perf_counter() - start) / STEPS)
    return statistics.median(times["memory"]), statistics.median(times["drawn"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    print("| network | workers | in memory, ms | crops drawn, ms | ratio |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        draw_pictures(Path(scratch) / "drawn")
        for model in MODELS:
            for workers in (0, 1):
                memory, drawn = measure(model, Path(scratch), workers=workers, rounds=options.rounds)
                cells = f"{memory * 1e3:.0f} | {drawn * 1e3:.0f} | {drawn / memory:.2f}"
                print(f"| {model} | {workers} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
