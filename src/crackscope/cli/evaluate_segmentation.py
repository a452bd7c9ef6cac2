"""``crackscope evaluate`` of a segmentation model: crack by pixel."""

from __future__ import annotations

from crackscope.cli.evaluate_request import Judge, Request, Verdict, verdict_on


def judge(request: Request) -> Verdict:
    """Evaluate by the segmentation protocol."""
    from crackscope.evaluation import evaluate, open_predictor
    from crackscope.evaluation.table import details, overview

    predictor = open_predictor(request.model, engine=request.engine, threads=request.threads)
    evaluation = evaluate(
        predictor.predict,
        request.samples,
        threshold=request.threshold_of(predictor.facts),
        crack_filter=predictor.crack_filter,
        seed=request.seed,
        progress=request.progress,
    )
    crack_filter = evaluation.crack_filter
    how = (
        f"threshold {evaluation.threshold:g} (from {request.describe(predictor.facts)['threshold_from']});"
        f" reported: cracks of {crack_filter.min_length_px:g} px or more, peak ≥"
        f" {crack_filter.min_peak_probability:g}, mean ≥ {crack_filter.min_mean_probability:g}"
    )
    return verdict_on(request, predictor.facts, evaluation, overview=overview, details=[details], how=how)


JUDGE = Judge(judge)
