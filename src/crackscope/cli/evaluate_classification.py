"""``crackscope evaluate`` of a classification model: cracked or crack-free by picture or patch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crackscope.cli.evaluate_request import Judge, Request, Verdict, verdict_on

if TYPE_CHECKING:
    from crackscope.evaluation.classification import ClassificationEvaluation


def judge(request: Request) -> Verdict:
    """Evaluate by the classification protocol, and draw the worst mistakes where they are asked for."""
    from crackscope.evaluation.classification import evaluate_classifier, open_picture_predictor
    from crackscope.evaluation.classification.mistakes import write_mistakes
    from crackscope.evaluation.classification.table import confusion, details, overview

    predictor = open_picture_predictor(request.model, engine=request.engine, threads=request.threads)
    evaluation = evaluate_classifier(
        predictor,
        request.samples,
        threshold=request.threshold,
        patch_px=request.patch_px,
        seed=request.seed,
        progress=request.progress,
    )
    sure = evaluation.sure_below
    how = (
        f"threshold {evaluation.threshold:g} (from {request.describe(predictor.facts)['threshold_from']});"
        f" sure_below {'unknown' if sure is None else f'{sure:.3g}'}; {_what_was_judged(evaluation)}"
    )
    verdict = verdict_on(
        request, predictor.facts, evaluation, overview=overview, details=[details, confusion], how=how
    )
    if request.mistakes is None:
        return verdict
    if evaluation.mistakes:
        write_mistakes(request.mistakes, evaluation.mistakes)
    drawn = f"drawn in {request.mistakes}" if evaluation.mistakes else "none; nothing was drawn"
    return replace(verdict, text=f"{verdict.text}\nworst mistakes: {drawn}")


def _what_was_judged(evaluation: ClassificationEvaluation) -> str:
    """Say what was judged: pictures or patches."""
    if evaluation.patch_px is None:
        return "pictures judged whole"
    whole = [group.name for group in evaluation.sets if group.whole]
    alone = f"; whole, for want of masks: {', '.join(whole)}" if whole else ""
    return (
        f"patches of {evaluation.patch_px} px, cracked from {evaluation.min_crack_px} crack pixels on,"
        f" crack-free with none{alone}"
    )


JUDGE = Judge(judge, options=frozenset({"--patches", "--mistakes"}), unmasked_cracks=True)
