"""How far estimated widths are from hand-measured ones, beside the estimators that others use.

usage: python benchmarks/measured_widths.py [--shared ../shared] [--plot FILE.svg]

Each structure is judged by an estimator whose parameters were chosen on the other structures alone, there
with and without added blur. Blur is added to the profiles themselves. The other estimators were written anew
from what is published of them; the one parameter that one of them has is chosen in the same way.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crackscope.imaging.arrays import BoolMask, FloatArray
from crackscope.measurement.profile.estimate import sigma_px
from crackscope.measurement.profile.fit import ProfileFit, fit_profiles
from crackscope.measurement.profile.prior import ProfilePrior

BLURS_PX = (0.0, 2.0, 4.0)
BANDS_PX = (0.0, 0.5, 1.0, 1.5, 2.0, 4.0, math.inf)
PRIORS = [
    ProfilePrior(dark_share=dark, blur_log_sd=spread)
    for dark, spread in itertools.product((0.03, 0.05, 0.08), (0.3, 0.4, 0.5, 0.6))
]
SIGMAS = list(itertools.product((0.4, 0.6, 0.8, 1.0, 1.3), (0.08, 0.1, 0.12, 0.15), (0.03, 0.05, 0.07, 0.1)))
PARTS_OF_DEPTH = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Of the dip's depth, at which the intersection is taken."""

Parts = tuple[float, float, float]


@dataclass(frozen=True)
class Measured:
    """The hand measurements: structure, width and scale of each, and the profiles, NaN beyond their ends."""

    structure: np.ndarray[tuple[int], np.dtype[np.str_]]
    true_px: FloatArray
    mm_per_px: FloatArray
    profiles: FloatArray

    @classmethod
    def read(cls, path: Path) -> Measured:
        """Read the file of measurements."""
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        values = [[float(each) for each in row["profile"].split()] for row in rows]
        longest = max(map(len, values))
        scale = np.array([float(row["mm_per_px"]) for row in rows])
        return cls(
            structure=np.array([row["site"] for row in rows]),
            true_px=np.array([float(row["width_mm"]) for row in rows]) / scale,
            mm_per_px=scale,
            profiles=np.array([own + [math.nan] * (longest - len(own)) for own in values]),
        )

    def blurred(self, blur_px: float) -> FloatArray:
        """Add blur; beyond its ends a profile goes on as it ends."""
        if blur_px == 0:
            return self.profiles
        out = self.profiles.copy()
        reach = math.ceil(4 * blur_px)
        kernel = cv2.getGaussianKernel(2 * reach + 1, blur_px)[:, 0]
        for row in out:
            known = np.isfinite(row)
            row[known] = np.convolve(np.pad(row[known], reach, mode="edge"), kernel, mode="valid")
        return out


def rectangle(profiles: FloatArray) -> FloatArray:
    """Width of the rectangle that reaches from the background to black and has the dip's area."""
    return np.array([dip.sum() / background for dip, background in _dips(profiles)])


def shallow_rectangle(profiles: FloatArray) -> FloatArray:
    """Width of the rectangle that is as deep as the dip and has its area."""
    return np.array([dip.sum() / dip.max() for dip, _ in _dips(profiles)])


def intersection(profiles: FloatArray, part: float) -> FloatArray:
    """Distance of the two places where the profile crosses a grey value between background and darkest."""
    found = []
    for dip, _ in _dips(profiles):
        level, deepest = part * dip.max(), int(dip.argmax())
        found.append(_reach(dip[deepest:], level) + _reach(dip[deepest::-1], level))
    return np.array(found)


def parabola(profiles: FloatArray) -> FloatArray:
    """Distance of the zeros of a parabola through the deepest sample and its two neighbours."""
    found = []
    for dip, _ in _dips(profiles):
        at = min(max(int(dip.argmax()), 1), len(dip) - 2)
        before, top, after = dip[at - 1 : at + 2]
        bend = (before + after) / 2 - top
        slope = (after - before) / 2
        found.append(2 * math.sqrt(max(slope**2 / 4 / bend**2 - top / bend, 0)) if bend < 0 else len(dip))
    return np.array(found)


def _reach(dip: FloatArray, level: float) -> float:
    below = np.flatnonzero(dip < level)
    if not below.size:
        return float(len(dip) - 1)
    first = int(below[0])
    return first - 1 + (dip[first - 1] - level) / (dip[first - 1] - dip[first])


def _dips(profiles: FloatArray) -> Iterator[tuple[FloatArray, float]]:
    """How far each profile lies below its background, from where it falls to where it is back; and that.

    The background is the median.
    """
    for row in profiles:
        known = row[np.isfinite(row)]
        background = float(np.median(known))
        dip = background - known
        middle = (len(known) - 1) / 2
        deepest = int(np.where(np.abs(np.arange(len(known)) - middle) <= 6, dip, -np.inf).argmax())
        above = dip > 0
        first, last = deepest, deepest
        while first > 0 and above[first - 1]:
            first -= 1
        while last < len(dip) - 1 and above[last + 1]:
            last += 1
        own = np.pad(np.maximum(dip[first : last + 1], 0), 1)
        own[1 + deepest - first] = max(own.max(), 1e-6)
        yield own, background


@dataclass(frozen=True)
class Judged:
    """Widths and their standard deviations by added blur, each structure with parameters of the others."""

    widths: dict[float, FloatArray]
    sigmas: dict[float, FloatArray]

    @classmethod
    def of(cls, measured: Measured) -> Judged:
        """Choose parameters and judge."""
        fits = {blur: [fit_profiles(measured.blurred(blur), prior) for prior in PRIORS] for blur in BLURS_PX}
        judged = cls(*({blur: np.empty_like(measured.true_px) for blur in BLURS_PX} for _ in range(2)))
        for structure in np.unique(measured.structure):
            held = measured.structure == structure
            others = ~held

            def error(number: int, *, among: BoolMask = others) -> float:
                found = [
                    np.abs(own[number].width_px - measured.true_px)[among].mean() for own in fits.values()
                ]
                return float(np.mean(found))

            chosen = min(range(len(PRIORS)), key=error)
            own = {blur: fits[blur][chosen] for blur in BLURS_PX}

            def misfit(
                parts: Parts, *, own: dict[float, ProfileFit] = own, among: BoolMask = others
            ) -> float:
                return sum(_misfit(fit, parts, measured.true_px, among) for fit in own.values())

            part, floor, share = min(SIGMAS, key=misfit)
            for blur, fit in own.items():
                judged.widths[blur][held] = fit.width_px[held]
                sigma = sigma_px(fit, fit_part=part, floor_px=floor, width_part=share)
                judged.sigmas[blur][held] = sigma[held]
        return judged


def _misfit(fit: ProfileFit, parts: Parts, true_px: FloatArray, among: BoolMask) -> float:
    """How far the shares of widths within one half, one and two standard deviations are from a Gaussian's."""
    sigma = sigma_px(fit, fit_part=parts[0], floor_px=parts[1], width_part=parts[2])
    away = (np.abs(fit.width_px - true_px) / sigma)[among]
    wanted = {0.5: 0.383, 1.0: 0.683, 2.0: 0.954}
    return sum(abs(float((away <= reach).mean()) - share) for reach, share in wanted.items())


def chosen_intersection(measured: Measured) -> dict[float, FloatArray]:
    """Widths by added blur, each structure with the part of the depth that suits the others."""
    found = {
        blur: {part: intersection(measured.blurred(blur), part) for part in PARTS_OF_DEPTH}
        for blur in BLURS_PX
    }
    widths = {blur: np.empty_like(measured.true_px) for blur in BLURS_PX}
    for structure in np.unique(measured.structure):
        held = measured.structure == structure
        errors = {part: np.abs(own - measured.true_px)[~held].mean() for part, own in found[0.0].items()}
        part = min(errors, key=lambda each: errors[each])
        for blur in BLURS_PX:
            widths[blur][held] = found[blur][part][held]
    return widths


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--plot", type=Path, help="draw the error by width")
    options = parser.parse_args()
    path = options.shared / "data" / "width_profiles" / "measured_widths.csv"
    if not path.is_file():
        print(f"{path}: absent, nothing measured")
        return
    measured = Measured.read(path)
    structures = np.unique(measured.structure).tolist()
    print(f"{len(measured.true_px)} widths measured by hand, mean absolute error\n")
    print("| estimator | added blur, px | px | mm | bias, px |", *(f"{each}, px |" for each in structures))
    print("|---|---|---|---|---|" + "---|" * len(structures))
    judged, crossing = Judged.of(measured), chosen_intersection(measured)
    for blur in BLURS_PX:
        profiles = measured.blurred(blur)
        found_by = {
            "crackscope": judged.widths[blur],
            "rectangle down to black": rectangle(profiles),
            "rectangle down to the darkest": shallow_rectangle(profiles),
            "intersection": crossing[blur],
            "parabola": parabola(profiles),
        }
        for name, found in found_by.items():
            error = found - measured.true_px
            by_structure = [np.abs(error[measured.structure == each]).mean() for each in structures]
            cells = [np.abs(error).mean(), np.abs(error * measured.mm_per_px).mean()]
            print(
                f"| {name} | {blur:g} | {cells[0]:.3f} | {cells[1]:.4f} | {error.mean():+.3f} |",
                *(f"{each:.3f} |" for each in by_structure),
            )
    widths, sigmas = judged.widths[0.0], judged.sigmas[0.0]
    error = widths - measured.true_px
    inside = np.abs(error) <= sigmas
    shares = [
        (np.abs(judged.widths[blur] - measured.true_px) <= judged.sigmas[blur]).mean() for blur in BLURS_PX
    ]
    print(
        "\nwithin one standard deviation, by added blur:", ", ".join(f"{each:.1%}" for each in shares), "\n"
    )
    print("| true width, px | widths | mean absolute error, px | bias, px | within one standard deviation |")
    print("|---|---|---|---|---|")
    for (low, high), own in zip(_bands(), _in_bands(measured.true_px), strict=True):
        name = f"{low:g}–{high:g}" if math.isfinite(high) else f"over {low:g}"
        print(
            f"| {name} | {own.sum()} | {np.abs(error[own]).mean():.3f} | {error[own].mean():+.3f} |"
            f" {inside[own].mean():.0%} |"
        )
    if options.plot is not None:
        draw(options.plot, measured, judged)


def draw(path: Path, measured: Measured, judged: Judged) -> None:
    """Draw the mean absolute error by width, beside the rectangle that reaches down to black."""
    from matplotlib.figure import Figure  # noqa: PLC0415  of the extra [train]

    names = [f"{low:g}–{high:g}" if math.isfinite(high) else f"over {low:g}" for low, high in _bands()]
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    axes = figure.subplots()
    for blur, style in zip(BLURS_PX[:2], ("-", "--"), strict=True):
        note = f", photo blurred by {blur:g} px more" if blur else ""
        for name, widths, colour in (
            ("crackscope", judged.widths[blur], "#0b6e99"),
            ("rectangle transform", rectangle(measured.blurred(blur)), "#b5651d"),
        ):
            error = np.abs(widths - measured.true_px)
            means = [error[own].mean() for own in _in_bands(measured.true_px)]
            axes.plot(names, means, style, marker="o", markersize=4, color=colour, label=name + note)
    sigma = [np.median(judged.sigmas[0.0][own]) for own in _in_bands(measured.true_px)]
    axes.fill_between(names, 0, sigma, color="grey", alpha=0.15, linewidth=0, label="crackscope's own sigma")
    axes.set(xlabel="width measured by hand, px", ylabel="mean absolute error, px", ylim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=110)


def _bands() -> list[tuple[float, float]]:
    return list(itertools.pairwise(BANDS_PX))


def _in_bands(true_px: FloatArray) -> list[BoolMask]:
    return [(true_px >= low) & (true_px < high) for low, high in _bands()]


if __name__ == "__main__":
    main()
