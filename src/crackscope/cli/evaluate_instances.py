"""``crackscope evaluate`` crack by crack, of a detection model or of a segmentation model's cracks."""

from __future__ import annotations

from crackscope.cli.evaluate_request import Judge, Request, Verdict, verdict_on


def judge(request: Request) -> Verdict:
    """Evaluate by the instance protocol."""
    from crackscope.evaluation.instances import evaluate_instances, open_instance_predictor, open_rival
    from crackscope.evaluation.instances.table import details, overview

    if request.as_instances:
        predictor = open_rival(
            request.model,
            engine=request.engine,
            threads=request.threads,
            pixel_threshold=request.threshold,
        )
        threshold = predictor.facts.threshold
    else:
        predictor = open_instance_predictor(request.model, engine=request.engine, threads=request.threads)
        threshold = request.threshold_of(predictor.facts)
    evaluation = evaluate_instances(
        predictor.find,
        request.samples,
        threshold=threshold,
        seed=request.seed,
        progress=request.progress,
    )
    model = request.describe(predictor.facts)
    how = (
        f"pixels from {model['pixel_threshold']:g} on (from {model['threshold_from']}) taken apart into"
        " single cracks, their mean probability as score"
        if request.as_instances
        else f"score from {threshold:g} on (from {model['threshold_from']})"
    )
    return verdict_on(request, predictor.facts, evaluation, overview=overview, details=[details], how=how)


JUDGE = Judge(judge)
