"""``crackscope evaluate`` of a segmentation model: crack by pixel."""

from __future__ import annotations

from crackscope.cli.evaluate_request import Judge, Request, Verdict, tables_text


def judge(request: Request) -> Verdict:
    """Evaluate by the segmentation protocol."""
    from crackscope.evaluation import evaluate, open_predictor
    from crackscope.evaluation.table import details, overview

    predictor = open_predictor(request.model, engine=request.engine, threads=request.threads)
    evaluation = evaluate(
        predictor.predict,
        request.samples,
        threshold=predictor.threshold if request.threshold is None else request.threshold,
        crack_filter=predictor.crack_filter,
        seed=request.seed,
        progress=request.progress,
    )
    model = request.describe(predictor.description)
    several = len(evaluation.sets) > 1
    tables = [overview(evaluation)] if several else []
    tables.append(details(evaluation.overall if several else evaluation.sets[0]))
    crack_filter = evaluation.crack_filter
    notes = (
        f"{model['kind']} {model['name']}, {model['engine']}; pictures: {request.part}; threshold"
        f" {evaluation.threshold:g} (from {model['threshold_from']}); reported: cracks of"
        f" {crack_filter.min_length_px:g} px or more, peak ≥ {crack_filter.min_peak_probability:g}, mean ≥"
        f" {crack_filter.min_mean_probability:g}."
    )
    return Verdict(
        document=evaluation.to_document(model=model),
        text=f"{tables_text(tables)}\n\n{notes}",
        failures=evaluation.failures,
        learnt_from=predictor.learnt_from,
        sources=predictor.sources,
    )


JUDGE = Judge(judge)
