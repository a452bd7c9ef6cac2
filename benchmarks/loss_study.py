"""Which loss finds rare pixels best: the same small network, budget and pictures under each, several seeds.

usage: python benchmarks/loss_study.py --out FOLDER [--shared ../shared | --data DIR …] [--losses NAME …]
           [--epochs 16] [--crops 768] [--seeds 0 1 2] [--threads 2] [--table]

A seed deals the validation pictures, the first weights and the crops, the same for every loss; losses are
therefore compared seed by seed. Only the last epoch is validated, so that no checkpoint is chosen by its
figures. Every finished run is a line of FOLDER/results.jsonl; started again, the study goes on where it was.
Without --out nothing is trained: it takes hours.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from crackscope.evaluation import GroupResult, evaluate
from crackscope.training.checkpoint import load_checkpoint_predictor
from crackscope.training.recipe import Recipe, parse_recipe
from crackscope.training.run import train
from crackscope.training.run_files import LAST
from crackscope.training.run_folder import RunFolder
from crackscope.whole_file import whole_file

Term = tuple[str, float, dict[str, float]]
Record = dict[str, Any]

BASELINE = "bce"
MIXES: dict[str, list[Term]] = {
    "bce": [("bce", 1.0, {})],
    "weighted-bce": [("weighted-bce", 1.0, {})],
    "focal": [("focal", 1.0, {})],
    "dice": [("dice", 1.0, {})],
    "tversky-.3-.7": [("tversky", 1.0, {"false_positive": 0.3, "false_negative": 0.7})],
    "focal-tversky": [("focal-tversky", 1.0, {})],
    "lovasz": [("lovasz", 1.0, {})],
    "bce+dice": [("bce", 1.0, {}), ("dice", 1.0, {})],
    "bce+lovasz": [("bce", 1.0, {}), ("lovasz", 1.0, {})],
    "bce+cldice": [("bce", 1.0, {}), ("cldice", 0.5, {})],
    "bce+dice+cldice": [("bce", 1.0, {}), ("dice", 1.0, {}), ("cldice", 0.5, {})],
    "bce+dice+boundary": [("bce", 1.0, {}), ("dice", 1.0, {}), ("boundary", 0.5, {})],
}
FIGURES = {
    "f1_best": "F1, best threshold",
    "f1_half": "F1 at .5",
    "threshold": "best threshold",
    "centreline_iou": "centreline IoU, 4 px",
    "false_alarms": "crack-free with a report",
}
REPLICATES = 2  # the study's spread is that over seeds; intervals over pictures are not used


def make_recipe(terms: Sequence[Term], *, seed: int, epochs: int, crops: int) -> Recipe:
    document = {
        "name": "loss-study",
        "seed": seed,
        "epochs": epochs,
        "crops_per_epoch": crops,
        "batch_size": min(16, crops),
        "validate_every": epochs,
        "model": {"name": "light"},
        "data": {"validation_share": 0.25, "sets": {"noncrack": {"draw": 0.2}}},
        "losses": [{"name": name, "weight": weight, "options": options} for name, weight, options in terms],
        "optimiser": {"learning_rate": 0.003, "weight_decay": 0.001, "warmup_steps": 50},
    }
    return parse_recipe(document, source="loss_study.py")


def judge(run_folder: Path) -> Record:
    """Judge a run on its own validation pictures: F1 at .5, then the rest at the best threshold."""
    predict = load_checkpoint_predictor(run_folder)
    pictures = RunFolder.open(run_folder).split().validation

    def at(threshold: float) -> GroupResult:
        return evaluate(predict, pictures, threshold=threshold, replicates=REPLICATES).overall

    half = at(0.5)
    assert half.oracle is not None, "validation has cracks"
    best = at(half.oracle.threshold)
    return {
        "f1_best": half.oracle.f1,
        "f1_half": half.figures["f1"].value,
        "threshold": half.oracle.threshold,
        "centreline_iou": best.figures["centreline_iou_4px"].value,
        "false_alarms": best.figures["false_alarm_share"].value,
        "pictures": half.pictures,
        "crack_free": half.crack_free,
    }


def folder_of(plan: Record, out: Path) -> Path:
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:8]
    return out / f"{plan['mix']}-{plan['seed']}-{digest}"


def run_one(plan: Record, run_folder: Path, *, data: Sequence[Path], cache: Path, threads: int) -> Record:
    """Train and judge what a plan says; a run that was cut short goes on."""
    start = time.monotonic()
    recipe = make_recipe(plan["terms"], seed=plan["seed"], epochs=plan["epochs"], crops=plan["crops"])
    resume = (run_folder / LAST).is_file()
    train(recipe, data, run_folder, resume=resume, cache_folder=cache, threads=threads)
    return {**plan, **judge(run_folder), "seconds": None if resume else round(time.monotonic() - start)}


def read_records(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def write_records(path: Path, records: Iterable[Record]) -> None:
    with whole_file(path) as temporary:
        temporary.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")


def tabulate(records: Sequence[Record]) -> str:
    """Lay out mean ± standard deviation over seeds as Markdown, the best F1 first.

    The gain is over the baseline's run of the same seed, so that an easy or hard deal of validation pictures
    does not count as spread.
    """
    base = {each["seed"]: each["f1_best"] for each in records if each["mix"] == BASELINE}
    by_mix: dict[str, list[Record]] = {}
    for each in records:
        by_mix.setdefault(each["mix"], []).append(each)
    ranked = sorted(by_mix.items(), key=lambda own: -statistics.fmean(each["f1_best"] for each in own[1]))
    shown = [name for name in FIGURES if any(each[name] is not None for each in records)]
    titles = [FIGURES[name] for name in shown]
    head = ["losses", "runs", titles[0], f"gain over {BASELINE}", *titles[1:], "s per run"]
    lines = [head, ["---"] * len(head)]
    for mix, own in ranked:
        gains = [each["f1_best"] - base[each["seed"]] for each in own if each["seed"] in base]
        cells = [_mean_and_spread([each[name] for each in own]) for name in shown]
        gain = _mean_and_spread([] if mix == BASELINE else gains, sign="+")
        seconds = [each["seconds"] for each in own if each["seconds"] is not None]
        time_taken = f"{statistics.fmean(seconds):.0f}" if seconds else "–"
        lines.append([mix, str(len(own)), cells[0], gain, *cells[1:], time_taken])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _mean_and_spread(values: Iterable[float | None], *, sign: str = "") -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    spread = f" ± {statistics.stdev(known):.3f}" if len(known) > 1 else ""
    return f"{statistics.fmean(known):{sign}.3f}{spread}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data", type=Path, nargs="+")
    parser.add_argument("--losses", nargs="+", choices=list(MIXES), default=list(MIXES))
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--crops", type=int, default=768)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--table", action="store_true", help="print what there is, train nothing")
    options = parser.parse_args()
    data = options.data or [options.shared / "data" / "deepcrack_train"]
    if options.out is None:
        print("nothing trained: give --out FOLDER; the study takes hours")
        return
    if not all(path.exists() for path in data):
        print(f"{', '.join(map(str, data))}: absent, nothing trained")
        return
    options.out.mkdir(parents=True, exist_ok=True)
    results = options.out / "results.jsonl"
    records = read_records(results)
    budget = {"epochs": options.epochs, "crops": options.crops, "data": sorted(path.name for path in data)}
    plans: list[Record] = [
        {"mix": mix, "seed": seed, "terms": [list(term) for term in MIXES[mix]], **budget}
        for seed in options.seeds
        for mix in options.losses
    ]
    for plan in plans if not options.table else []:
        if any(plan.items() <= each.items() for each in records):
            continue
        run_folder, cache = folder_of(plan, options.out), options.out / "cache"
        records.append(run_one(plan, run_folder, data=data, cache=cache, threads=options.threads))
        write_records(results, records)
        shutil.rmtree((run_folder / LAST).parent)
        print(f"{plan['mix']}, seed {plan['seed']}: F1 {records[-1]['f1_best']:.3f}", file=sys.stderr)
    finished = [each for plan in plans for each in records if plan.items() <= each.items()]
    if not finished:
        print("no finished run of this budget")
        return
    print(
        f"`light`, {options.epochs} epochs of {options.crops} crops, {', '.join(budget['data'])}; "
        f"{finished[0]['pictures']} validation pictures, {finished[0]['crack_free']} of them crack-free\n"
    )
    print(tabulate(finished))


if __name__ == "__main__":
    main()
