"""A drawn dataset of 2,000 pictures, 15 % of them spoilt: what audit finds and repair makes of it."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from crackscope.datasets import find_samples
from crackscope.datasets.audit.audit import audit
from crackscope.datasets.audit.result import Audit
from crackscope.datasets.finding import KINDS
from crackscope.datasets.layouts import Listing, list_entries
from crackscope.datasets.mask_source import MaskFile
from crackscope.datasets.repair import RepairResult, repair

BY_FILE_FACTS = (
    "unreadable",
    "orphan-image",
    "orphan-mask",
    "size-mismatch",
    "multichannel-mask",
    "non-binary-mask",
    "inverted-mask",
    "crack-in-negative",
    "empty-positive",
    "speckle",
    "duplicate",
    "split-leak",
)
JUDGED = ("transposed-mask", "rotated-mask", "near-duplicate", "fat-mask")


@dataclass
class Doctored:
    tool: ModuleType
    planted: Any
    listing: Listing
    audit: Audit
    scores: dict[str, Any]
    hash_before: str


@pytest.fixture(scope="module")
def doctored(planting_tool: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Doctored:
    folder = tmp_path_factory.mktemp("planted").resolve()
    planted = planting_tool.plant(folder, pictures=2000, faulty=0.15, seed=11)
    before = tree_hash(folder)
    listing = list_entries(folder)
    found = audit(listing)
    return Doctored(
        planting_tool, planted, listing, found, planting_tool.scores(planted, found.findings), before
    )


@pytest.fixture(scope="module")
def repaired(doctored: Doctored, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RepairResult]:
    target = tmp_path_factory.mktemp("repaired") / "new"
    return target, repair(doctored.listing, doctored.audit, target)


def tree_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(path.relative_to(folder).as_posix().encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def changes(target: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (target / "repair.jsonl").read_text("utf-8").splitlines()]


def test_every_kind_but_the_models_is_planted(doctored: Doctored):
    kinds = {kind for kind, _ in doctored.planted.truth}
    assert kinds == {*BY_FILE_FACTS, *JUDGED} == set(KINDS) - {"label-suspect"}


@pytest.mark.parametrize("kind", BY_FILE_FACTS)
def test_what_file_facts_show_is_found_and_hardly_anything_else(doctored: Doctored, kind: str):
    score = doctored.scores[kind]
    assert score.planted >= 10
    assert score.recall >= 0.95
    assert score.precision >= 0.95


@pytest.mark.parametrize("kind", JUDGED)
def test_what_has_to_be_judged_is_mostly_found_and_mostly_right(doctored: Doctored, kind: str):
    score = doctored.scores[kind]
    assert score.planted >= 10
    assert score.recall >= 0.85
    assert score.precision >= 0.85


def test_repair_leaves_nothing_certain_and_nothing_turned(repaired: tuple[Path, RepairResult]):
    after = audit(list_entries(repaired[0]))
    kinds = Counter(
        f.kind for f in after.findings if f.certain or f.kind in ("rotated-mask", "transposed-mask")
    )
    assert not kinds
    assert after.pictures > 1800
    assert not after.notes


def test_what_repair_wrote_can_be_trained_on(repaired: tuple[Path, RepairResult]):
    samples = find_samples([repaired[0]])
    assert {sample.set_name for sample in samples} == {"walls", "Concrete", "noncrack_Concrete"}
    assert len({sample.image for sample in samples}) == len(samples) > 1800
    assert {sample.part for sample in samples if sample.set_name == "walls"} == {"train", "test"}


def test_mended_masks_are_the_drawn_ones(doctored: Doctored, repaired: tuple[Path, RepairResult]):
    target, _ = repaired
    plans = {
        plan.mask.relative_to(doctored.planted.folder).with_suffix("").as_posix(): plan
        for plan in doctored.planted.plans
    }
    overlaps: dict[str, list[float]] = {}
    near: list[float] = []
    for change in changes(target):
        plan = plans.get(change["path"].rpartition(".")[0])
        if change["action"] == "mended" and plan is not None:
            mask = MaskFile(target / change["to"]).read(height=plan.height, width=plan.width)
            truth = doctored.tool.drawn(plan).mask
            for kind in change["kinds"]:
                overlaps.setdefault(kind, []).append((mask & truth).sum() / (mask | truth).sum())
            if "size-mismatch" in change["kinds"]:  # of half the size: hairlines are a pixel off
                around = cv2.dilate(truth.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
                near.append((mask & around).sum() / mask.sum())
    exact = ("transposed-mask", "rotated-mask", "multichannel-mask", "inverted-mask")
    assert {kind: min(overlaps[kind]) for kind in exact} == dict.fromkeys(exact, 1.0)
    assert np.median(overlaps["speckle"]) > 0.98
    assert np.median(overlaps["non-binary-mask"]) > 0.9
    assert min(overlaps["speckle"] + overlaps["non-binary-mask"]) > 0.75
    assert min(near) > 0.99


def test_every_change_has_its_hashes(repaired: tuple[Path, RepairResult], doctored: Doctored):
    target, result = repaired
    lines = changes(target)
    assert Counter(line["action"] for line in lines) == result.actions
    for line in lines:
        before = doctored.planted.folder / line["path"]
        assert hashlib.sha256(before.read_bytes()).hexdigest() == line["sha256_before"], line
        if line["to"] is not None:
            assert hashlib.sha256((target / line["to"]).read_bytes()).hexdigest() == line["sha256_after"], (
                line
            )
            assert line["action"] == "mended" or line["sha256_before"] == line["sha256_after"], line


def test_nothing_is_lost(repaired: tuple[Path, RepairResult], doctored: Doctored):
    target, _ = repaired
    named = {line["path"] for line in changes(target)}
    unnamed = [p for p in doctored.planted.folder.rglob("*") if p.is_file()]
    for path in unnamed:
        below = path.relative_to(doctored.planted.folder).as_posix()
        assert below in named or (target / below).read_bytes() == path.read_bytes()


def test_repairing_twice_gives_the_same_bytes_and_the_source_is_untouched(
    doctored: Doctored, repaired: tuple[Path, RepairResult], tmp_path: Path
):
    repair(doctored.listing, doctored.audit, tmp_path / "again")
    assert tree_hash(tmp_path / "again") == tree_hash(repaired[0])
    repair(doctored.listing, doctored.audit, tmp_path / "again")  # over itself
    assert tree_hash(tmp_path / "again") == tree_hash(repaired[0])
    assert tree_hash(doctored.planted.folder) == doctored.hash_before


def test_repairing_what_was_repaired_changes_nothing(repaired: tuple[Path, RepairResult], tmp_path: Path):
    listing = list_entries(repaired[0])
    result = repair(listing, audit(listing), tmp_path / "again")
    assert not result.actions
    for path in (
        path for path in (tmp_path / "again").rglob("*") if path.is_file() and path.suffix != ".jsonl"
    ):
        assert path.read_bytes() == (repaired[0] / path.relative_to(tmp_path / "again")).read_bytes()
