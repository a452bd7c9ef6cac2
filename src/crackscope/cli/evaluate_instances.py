"""``crackscope evaluate`` crack by crack, of a detection model or of a segmentation model's cracks."""

from __future__ import annotations

from crackscope.cli.evaluate_request import Judge, Request, Verdict, tables_text


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
        threshold = predictor.threshold
    else:
        predictor = open_instance_predictor(request.model, engine=request.engine, threads=request.threads)
        threshold = predictor.threshold if request.threshold is None else request.threshold
    evaluation = evaluate_instances(
        predictor.find,
        request.samples,
        threshold=threshold,
        seed=request.seed,
        progress=request.progress,
    )
    model = request.describe(predictor.description)
    several = len(evaluation.sets) > 1
    tables = [overview(evaluation)] if several else []
    tables.append(details(evaluation.overall if several else evaluation.sets[0]))
    how = (
        f"pixels from {model['pixel_threshold']:g} on (from {model['threshold_from']}) taken apart into"
        " single cracks, their mean probability as score"
        if request.as_instances
        else f"score from {threshold:g} on (from {model['threshold_from']})"
    )
    notes = f"{model['kind']} {model['name']}, {model['engine']}; pictures: {request.part}; {how}."
    return Verdict(
        document=evaluation.to_document(model=model),
        text=f"{tables_text(tables)}\n\n{notes}",
        failures=evaluation.failures,
        learnt_from=predictor.learnt_from,
        sources=predictor.sources,
    )


JUDGE = Judge(judge)
