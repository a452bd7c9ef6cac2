"""``crackscope evaluate`` of a classification model: cracked or crack-free by picture or patch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crackscope.cli.evaluate_request import Judge, Request, Verdict, tables_text

if TYPE_CHECKING:
    from crackscope.evaluation.classification import ClassificationEvaluation


def judge(request: Request) -> Verdict:
    """Evaluate by the classification protocol, and draw the worst mistakes where they are asked for."""
    from crackscope.evaluation.classification import evaluate_classifier, open_picture_predictor
    from crackscope.evaluation.classification.mistakes import write_mistakes

    predictor = open_picture_predictor(request.model, engine=request.engine, threads=request.threads)
    evaluation = evaluate_classifier(
        predictor,
        request.samples,
        threshold=request.threshold,
        patch_px=request.patch_px,
        seed=request.seed,
        progress=request.progress,
    )
    model = request.describe(predictor.description)
    text = _text(evaluation, model, part=request.part)
    if request.mistakes is not None and evaluation.mistakes:
        write_mistakes(request.mistakes, evaluation.mistakes)
    if request.mistakes is not None:
        drawn = f"drawn in {request.mistakes}" if evaluation.mistakes else "none; nothing was drawn"
        text += f"\nworst mistakes: {drawn}"
    return Verdict(
        document=evaluation.to_document(model=model),
        text=text,
        failures=evaluation.failures,
        learnt_from=predictor.learnt_from,
        sources=predictor.sources,
    )


def _text(evaluation: ClassificationEvaluation, model: dict[str, Any], *, part: str) -> str:
    from crackscope.evaluation.classification.table import confusion, details, overview

    several = len(evaluation.sets) > 1
    shown = evaluation.overall if several else evaluation.sets[0]
    tables = [*([overview(evaluation)] if several else []), details(shown), confusion(shown)]
    sure = evaluation.sure_below
    notes = (
        f"{model['kind']} {model['name']}, {model['engine']}; pictures: {part}; threshold"
        f" {evaluation.threshold:g} (from {model['threshold_from']}); sure_below"
        f" {'unknown' if sure is None else f'{sure:.3g}'}; {_how(evaluation)}."
    )
    return f"{tables_text(tables)}\n\n{notes}"


def _how(evaluation: ClassificationEvaluation) -> str:
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
