"""How to read the page of a comparison: what its figures mean and what they do not."""

from __future__ import annotations

from collections.abc import Iterator

from crackscope.evaluation.comparison import words
from crackscope.evaluation.comparison.comparison import Comparison


def reading(comparison: Comparison) -> Iterator[str]:
    """Yield the sentences that a reader of the page needs, in order."""
    yield (
        f"Every model file was judged on the same pictures: {words.pictures_text(comparison)}."
        f" {comparison.judge.main.title} is taken {comparison.judge.taken}; thresholds are those that were"
        " frozen when the runs were trained."
    )
    yield from comparison.judge.remarks
    if comparison.basis.chosen_on:
        yield (
            "Epochs and thresholds were chosen on validation pictures, these among them, so the figures are"
            " somewhat too good, for all runs alike. Figures to publish come from pictures that nothing was"
            " chosen on: give them with --data."
        )
    yield (
        "An interval says where the figure would lie with other photos of the same kind. The interval of a"
        " difference is paired: both models are judged on the same draws of photos, for what is hard for one"
        " is often hard for the other. Where it holds zero, the two cannot be told apart on these photos;"
        " more photos may tell them apart."
    )
    yield "Of twenty differences between equal models, one is expected to look real by chance."
    if comparison.timed:
        yield (
            f"Latency is prediction only, one {words.timed_picture_text(comparison)}, pixels in memory to"
            " answer in memory; the models took turns in one process."
        )
    yield (
        "Training times were measured wherever a run was trained, and can be compared only where that was the"
        " same machine with nothing else to do."
    )
