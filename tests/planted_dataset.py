"""A drawn dataset with faults planted at random, and the list of what was planted."""

import shutil
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from crackscope.datasets.finding import Finding
from crackscope.datasets.turns import TURNS, turned
from crackscope.imaging.synthetic import DrawnPhoto, draw_photo

EXIF_ORIENTATION = 0x0112
# What undoes each orientation: a picture stored with it is turned so and then shown upright.
STORED_FOR = {3: "turn-180", 5: "transpose", 6: "turn-270", 7: "transverse", 8: "turn-90"}


@dataclass
class Planted:
    """A dataset and its faults: kind, and the paths of which one has to be named."""

    folder: Path
    plans: list["Plan"]
    truth: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def add(self, kind: str, *paths: Path) -> None:
        self.truth.append((kind, frozenset(path.relative_to(self.folder).as_posix() for path in paths)))


@dataclass
class Score:
    """How the findings of one kind compare with what was planted."""

    planted: int
    found: int
    findings: int
    right: int

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.findings if self.findings else 1.0


def scores(planted: Planted, findings: Iterable[Finding]) -> dict[str, Score]:
    """Compare findings with what was planted, kind by kind."""
    findings = list(findings)
    named = {(finding.kind, finding.path) for finding in findings}
    wanted = {(kind, path) for kind, paths in planted.truth for path in paths}
    result = {}
    for kind in sorted({kind for kind, _ in planted.truth} | {finding.kind for finding in findings}):
        truths = [paths for other, paths in planted.truth if other == kind]
        own = [finding for finding in findings if finding.kind == kind]
        result[kind] = Score(
            planted=len(truths),
            found=sum(any((kind, path) in named for path in paths) for paths in truths),
            findings=len(own),
            right=sum((kind, finding.path) in wanted for finding in own),
        )
    return result


def plant(
    folder: Path, *, pictures: int = 2000, faulty: float = 0.15, seed: int = 0, workers: int = 2
) -> Planted:
    """Draw the sets ``walls`` (pairs in halves, two cuts of each source photo) and ``Concrete`` (classes with
    masks, one folder misnamed ``Mask``), and spoil a share of the pictures."""
    plans = _plans(folder, pictures, seed)
    with ThreadPoolExecutor(workers) as pool:  # forking would copy the threads of other tests' engines
        list(pool.map(_draw, plans))
    planted = Planted(folder, plans)
    _spoil(planted, plans, round(pictures * faulty), np.random.default_rng(seed + 1))
    return planted


@dataclass(frozen=True)
class Plan:
    image: Path
    mask: Path
    seed: int
    height: int
    width: int
    cracked: bool


def _plans(folder: Path, pictures: int, seed: int) -> list[Plan]:
    rng = np.random.default_rng(seed)
    plans = []
    walls = round(pictures * 0.65)
    for number in range(pictures):
        if number < walls:
            half = "train" if number // 2 % 4 else "test"
            home, masks, stem = folder / "walls" / half, "masks", f"{number // 2:04d}-{number % 2 + 1}"
            cracked, (height, width) = True, [(160, 216), (192, 192), (216, 160)][number // 2 % 3]
        else:
            cracked = bool(rng.random() < 0.6)
            home = folder / "Concrete" / ("Positive" if cracked else "Negative")
            masks, stem, height, width = "Masks" if cracked else "Mask", f"tile{number:05d}", 192, 192
        images = "Images" if masks != "masks" else "images"
        for name in (images, masks):
            (home / name).mkdir(parents=True, exist_ok=True)
        plans.append(
            Plan(
                home / images / f"{stem}.jpg",
                home / masks / f"{stem}.png",
                7919 * seed + number,
                height,
                width,
                cracked,
            )
        )
    return plans


def drawn(plan: Plan) -> DrawnPhoto:
    """Draw the picture of a plan, the same each time."""
    rng = np.random.default_rng([plan.seed, 1])
    return draw_photo(
        height=plan.height,
        width=plan.width,
        seed=plan.seed,
        cracks=int(rng.integers(1, 3)) if plan.cracked else 0,
        surface=str(rng.choice(["concrete", "asphalt", "plaster"])),
        distractors=int(rng.integers(0, 2)),
    )


def _draw(plan: Plan) -> None:
    photo = drawn(plan)
    Image.fromarray(photo.pixels).save(plan.image, quality=75 + plan.seed % 21)
    _save(plan.mask, photo.mask)


def _save(path: Path, mask: np.ndarray) -> None:
    Image.fromarray(np.asarray(mask).astype(np.uint8) * 255).save(path)


def _mask(plan: Plan) -> np.ndarray:
    return np.asarray(Image.open(plan.mask)) > 0


def _spoil(planted: Planted, plans: list[Plan], count: int, rng: np.random.Generator) -> None:
    faults = list(FAULTS.items())
    left = [plans[i] for i in rng.permutation(len(plans))]
    for number in range(count):
        kind, (fits, fault) = faults[number % len(faults)]
        position = next(i for i, plan in enumerate(left) if fits(plan, planted))
        plan = left.pop(position)
        if kind == "moved cut":
            left = [
                other
                for other in left
                if other.image.stem.partition("-")[0] != plan.image.stem.partition("-")[0]
            ]
        fault(planted, plan, rng)


def _cracked(plan: Plan, _: Planted) -> bool:
    return plan.cracked and bool(_mask(plan).any())


def _crack_free(plan: Plan, _: Planted) -> bool:
    return not plan.cracked


def _of_walls(plan: Plan, _: Planted) -> bool:
    return "walls" in plan.image.parts and bool(_mask(plan).any())


def _in_train_with_twin_cut(plan: Plan, planted: Planted) -> bool:
    twin = plan.image.with_name(
        plan.image.name.replace("-1.", "-2.")
        if "-1." in plan.image.name
        else plan.image.name.replace("-2.", "-1.")
    )
    spoilt = {path for _, paths in planted.truth for path in paths}
    unspoilt = twin.relative_to(planted.folder).as_posix() not in spoilt
    return plan.image.parent.parent.name == "train" and twin.exists() and unspoilt


def _oblong(plan: Plan, _: Planted) -> bool:
    return plan.cracked and plan.height != plan.width and bool(_mask(plan).any())


def _unreadable(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    how = int(rng.integers(5))
    path = plan.mask if how == 4 else plan.image
    data = path.read_bytes()
    if how in (0, 4):
        path.write_bytes(data[: len(data) // 2])
    elif how == 1:
        path.write_bytes(b"")
    elif how == 2:
        path.write_text("<html>404 Not Found</html>")
    else:
        Image.open(plan.image).save(plan.image.with_suffix(".png"))
        plan.image.with_suffix(".png").replace(plan.image)
    planted.add("unreadable", path)


def _orphan_image(planted: Planted, plan: Plan, _: np.random.Generator) -> None:
    plan.mask.unlink()
    planted.add("orphan-image", plan.image)


def _orphan_mask(planted: Planted, plan: Plan, _: np.random.Generator) -> None:
    plan.image.unlink()
    planted.add("orphan-mask", plan.mask)


def _size_mismatch(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    mask = _mask(plan)
    cut = mask[: int(rng.integers(60, 150)), :] if rng.random() < 0.5 else mask[::2, ::2]
    _save(plan.mask, cut)
    planted.add("size-mismatch", plan.mask)


def _transposed(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    _save(plan.mask, turned(_mask(plan), ("transpose", "transverse")[int(rng.integers(2))]))
    planted.add("transposed-mask", plan.mask)


def _rotated(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    turns = [turn for turn in TURNS if turn not in ("transpose", "transverse")]
    _save(plan.mask, turned(_mask(plan), turns[int(rng.integers(len(turns)))]))
    planted.add("rotated-mask", plan.mask)


def _exif(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    orientation = int(rng.choice([6, 8]))
    picture = Image.open(plan.image)
    stored = Image.fromarray(turned(np.asarray(picture), STORED_FOR[orientation]))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    stored.save(plan.image, quality=90, exif=exif)
    _save(plan.mask, turned(_mask(plan), STORED_FOR[orientation]))
    planted.add("rotated-mask", plan.mask)


def _multichannel(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    mode = ("RGB", "P", "RGBA", "LA")[int(rng.integers(4))]
    Image.open(plan.mask).convert(mode).save(plan.mask)
    planted.add("multichannel-mask", plan.mask)


def _non_binary(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    how, grey = int(rng.integers(3)), np.asarray(Image.open(plan.mask))
    path = plan.mask
    if how == 0:
        path = plan.mask.with_suffix(".jpg")
        plan.mask.unlink()
        Image.fromarray(grey).save(path, quality=60)
    elif how == 1:
        Image.fromarray(cv2.GaussianBlur(grey, (0, 0), 0.8)).save(path)
    else:
        Image.fromarray(np.where(grey > 0, 200, 0).astype(np.uint8)).save(path)
    planted.add("non-binary-mask", path)


def _inverted(planted: Planted, plan: Plan, _: np.random.Generator) -> None:
    _save(plan.mask, ~_mask(plan))
    planted.add("inverted-mask", plan.mask)


def _crack_in_negative(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    drawn = draw_photo(height=plan.height, width=plan.width, seed=int(rng.integers(1 << 30)), cracks=1)
    _save(plan.mask, drawn.mask)
    planted.add("crack-in-negative", plan.mask)


def _empty(planted: Planted, plan: Plan, _: np.random.Generator) -> None:
    _save(plan.mask, np.zeros_like(_mask(plan)))
    planted.add("empty-positive", plan.mask)


def _speckle(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    mask = _mask(plan).copy()
    for _ in range(int(rng.integers(25, 80))):
        y, x = int(rng.integers(mask.shape[0] - 2)), int(rng.integers(mask.shape[1] - 2))
        mask[y : y + int(rng.integers(1, 3)), x : x + int(rng.integers(1, 3))] = True
    _save(plan.mask, mask)
    planted.add("speckle", plan.mask)


def _fat(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    mask = _mask(plan).astype(np.uint8)
    width = 4 * cv2.distanceTransform(mask, cv2.DIST_L2, 3)[mask > 0].mean() - 1
    radius = max(3, int(np.ceil(width))) + int(rng.integers(0, 3))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    _save(plan.mask, cv2.dilate(mask, disc))
    planted.add("fat-mask", plan.mask)


def _copied_to(plan: Plan, rng: np.random.Generator) -> Plan:
    """Name a place for a copy: in the same folder or, of two halves, in the other."""
    image, mask = plan.image, plan.mask
    if "walls" in image.parts and rng.random() < 0.5:
        half, other = ("train", "test") if "train" in image.parts else ("test", "train")
        image, mask = (
            Path(*(other if part == half else part for part in path.parts)) for path in (image, mask)
        )
    stem = f"copy{int(rng.integers(1 << 30)):010d}"
    return Plan(image.with_stem(stem), mask.with_stem(stem), 0, plan.height, plan.width, plan.cracked)


def _add_copy(planted: Planted, kind: str, plan: Plan, copy: Plan) -> None:
    planted.add(kind, plan.image, copy.image)
    if plan.image.parent != copy.image.parent:
        planted.add("split-leak", plan.image, copy.image)


def _duplicate(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    copy = _copied_to(plan, rng)
    shutil.copy(plan.image, copy.image)
    shutil.copy(plan.mask, copy.mask)
    _add_copy(planted, "duplicate", plan, copy)


def _near_duplicate(planted: Planted, plan: Plan, rng: np.random.Generator) -> None:
    copy, turn = _copied_to(plan, rng), (None, *TURNS)[int(rng.integers(8))]
    pixels, mask = np.asarray(Image.open(plan.image)), _mask(plan).astype(np.uint8)
    if turn is not None:
        pixels, mask = turned(pixels, turn), turned(mask, turn)
    factor = float(rng.uniform(0.6, 1.4))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    smaller = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how)
    Image.fromarray(smaller).save(copy.image, quality=int(rng.integers(40, 90)))
    _save(copy.mask, cv2.resize(mask, smaller.shape[1::-1], interpolation=cv2.INTER_NEAREST))
    _add_copy(planted, "near-duplicate", plan, copy)


def _moved_cut(planted: Planted, plan: Plan, _: np.random.Generator) -> None:
    for path in (plan.image, plan.mask):
        path.replace(Path(*("test" if part == "train" else part for part in path.parts)))
    planted.add("split-leak", Path(*("test" if part == "train" else part for part in plan.image.parts)))


FAULTS = {
    "unreadable": (_cracked, _unreadable),
    "orphan-image": (_cracked, _orphan_image),
    "orphan-mask": (_cracked, _orphan_mask),
    "size-mismatch": (_cracked, _size_mismatch),
    "transposed-mask": (_cracked, _transposed),
    "rotated-mask": (_cracked, _rotated),
    "EXIF": (_oblong, _exif),
    "multichannel-mask": (_cracked, _multichannel),
    "non-binary-mask": (_cracked, _non_binary),
    "inverted-mask": (_cracked, _inverted),
    "crack-in-negative": (_crack_free, _crack_in_negative),
    "empty-positive": (_cracked, _empty),
    "speckle": (_cracked, _speckle),
    "fat-mask": (_cracked, _fat),
    "duplicate": (_cracked, _duplicate),
    "near-duplicate": (_cracked, _near_duplicate),
    "moved cut": (_in_train_with_twin_cut, _moved_cut),
}


def planted_kinds(planted: Planted) -> Counter[str]:
    return Counter(kind for kind, _ in planted.truth)
