"""The small print of the report's page: what the figures mean, by the model's task, and what they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from crackscope.engine.model_card import CrackFilter, ModelCard
from crackscope.reports.html_parts import escape
from crackscope.reports.tally import Summary


def reading(summary: Summary, card: ModelCard | None) -> str:
    """Write what the figures mean and what they do not, as items of a list."""
    task = "segment" if card is None else card.task
    limits = CrackFilter() if card is None else card.crack_filter
    items = [_OF_TASK[task](_thresholds(summary), _filter_words(limits))]
    if summary.tells_places:
        items += _places(summary)
    items += _screenings(summary)
    items += [
        "The model can miss cracks, above all those finer than two pixels, and can take joints, scratches "
        "or shadows for cracks. “No crack” means that none was found, not that there is none.",
        "This report supports an inspection by a qualified person and does not replace it.",
    ]
    return "\n".join(f"      <li>{item}</li>" for item in items)


def _of_segmentation(thresholds: str, filtered: str) -> str:
    return (
        "A crack is a connected group of pixels whose probability of being crack is at least "
        f"{thresholds}{f'; groups {filtered} are left out' if filtered else ''}. Certainty is the model's "
        "mean probability over it."
    )


def _of_detection(thresholds: str, filtered: str) -> str:
    return (
        "A crack is what the model took for one crack, with a score of at least "
        f"{thresholds}{f'; cracks {filtered} are left out' if filtered else ''}. The pixels it drew may be "
        "in several pieces, which are measured together, and cracks that cross may share some. Certainty is "
        "the score."
    )


def _of_classification(thresholds: str, _: str) -> str:
    return (
        "The model is a classifier: it says how probable it is that a photo shows a crack, and not where. A "
        f"photo counts as cracked from a probability of {thresholds} on. There are no lengths, widths or "
        "numbers of cracks; a model that finds them measures them."
    )


_OF_TASK: Mapping[str, Callable[[str, str], str]] = {
    "segment": _of_segmentation,
    "detect": _of_detection,
    "classify": _of_classification,
}


def _places(summary: Summary) -> list[str]:
    measured = (
        "Length runs along the centreline of a crack with all its branches; width is measured across the "
        "centreline, on the photo where it tells and else, far less surely, in the mask that the model drew. "
        "After ± stands the standard deviation: in about two cases of three the true width is no further "
        "away. In the pictures a ring marks where a crack is widest. Direction is 0° for a horizontal crack "
        "and grows anticlockwise. Coverage is the share of the photo's pixels that are crack."
    )
    shaped = (
        "A crack is longitudinal, transverse or diagonal by the direction between its two points furthest "
        "apart, against the axis of the road or member (option <code>--axis</code>; up the photo, if it was "
        "not given). It is branched where at least a quarter of its length lies beside its longest way, and "
        "a map where its lines close into cells or run all round."
    )
    return [measured, shaped, *_units(summary), *(_rule(rule) for rule in summary.rules)]


_GIVEN_SCALE = (
    "Millimetres are pixels times the scale that was given. They hold where the surface faced the "
    "camera at the distance the scale was taken for, and nowhere else in the photo."
)
_MILLIMETRES: Mapping[str, str] = {
    "given": _GIVEN_SCALE,
    "table": _GIVEN_SCALE,
    "markers": (
        "Millimetres come from markers in the photo and hold on the flat surface that they stick on, also "
        "seen from aside; each figure carries what the markers leave open."
    ),
    "camera": (
        "Millimetres come from the camera's focal length and the distance that was given. They hold where "
        "the wall was square to the camera, at that distance; each figure carries what these leave open."
    ),
}
_PIXELS = "Pixels are not millimetres: the same crack taken from half the distance measures twice as many."


def _units(summary: Summary) -> Iterator[str]:
    """Say where millimetres come from, and why figures are in pixels where they are."""
    scales = summary.scales
    if scales.least is None:
        sought = "found in any photo" if scales.unscaled is not None else "given"
        yield (
            f"No scale was {sought}, so lengths and widths are in pixels of the photo. {_PIXELS} With "
            "the size of a pixel on the surface (option <code>--scale</code>) the figures come in "
            "millimetres."
        )
        return
    if summary.unit == "px":
        yield (
            "Not every crack has figures in millimetres, so those of the summary and the list of photos are "
            f"in pixels. {_PIXELS} A photo's own table is in millimetres where all of its cracks have them; "
            "where only some have, theirs stand below their pixels."
        )
    yield from dict.fromkeys(_MILLIMETRES[origin] for origin in scales.origins if origin in _MILLIMETRES)
    if summary.unsure_of_scale:
        cracks = "1 crack has" if summary.unsure_of_scale == 1 else f"{summary.unsure_of_scale:,} cracks have"
        yield f"{cracks} no figures in millimetres: the scale is too unsure there."


def _rule(rule: str) -> str:
    return (
        f"Severity is by the rule {escape(rule)}. Where the 95 % interval of the width reaches over a limit, "
        "both sides are named. Rules are guides for what they were written for; whether a structure is safe "
        "is for an engineer to say."
    )


def _screenings(summary: Summary) -> list[str]:
    return [
        f"{escape(screener.model.name)}, a classifier, looked first. A photo that it gave a probability of "
        f"{screener.sure_below:.3g} or more went on to the model that finds cracks; any other counts as "
        "crack-free and was not looked at again. The limit was chosen so that next to none of the cracked "
        "pictures it was tried on fell below; photos of another kind may fare worse."
        for screener in summary.screeners
    ]


def _thresholds(summary: Summary) -> str:
    return ", ".join(dict.fromkeys(f"{model.threshold:.3g}" for model in summary.models)) or "the threshold"


def _filter_words(limits: CrackFilter) -> str:
    """Say which cracks are left out."""
    words = []
    if limits.min_length_px > 0:
        words.append(f"shorter than {limits.min_length_px:g} px")
    if limits.min_peak_probability > 0:
        words.append(f"nowhere more probable than {limits.min_peak_probability:g}")
    if limits.min_mean_probability > 0:
        words.append(f"on average less probable than {limits.min_mean_probability:g}")
    return " or ".join(words)
