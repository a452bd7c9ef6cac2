"""``crackscope models``: what model files there are, how good they are, and under which terms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from crackscope.cli import exit_status
from crackscope.cli.table import text_table
from crackscope.engine.card_json import card_to_json
from crackscope.engine.model_card import ModelCard
from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile, shipped_models
from crackscope.errors import ModelFileError

HELP = """List the model files that come with crackscope, and those given.

For each: name, task, precision, size and threshold, the figures measured for it, the sets it learnt from and
their terms.

\b
Examples:
  crackscope models
  crackscope models runs/walls/model.onnx
  crackscope models --json
"""


@click.command("models", help=HELP)
@click.argument("model_files", metavar="[FILE]…", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def command(model_files: tuple[str, ...], as_json: bool) -> int:
    """Print the shipped models and those of `model_files`; a broken file does not hide the rest."""
    models = shipped_models()
    shipped = {model.path for model in models}
    failures: list[str] = []
    for name_or_path in model_files:
        try:
            model = ModelFile.open(name_or_path)
        except ModelFileError as error:
            failures.append(str(error))
        else:
            if all(model.path.resolve() != known.path.resolve() for known in models):
                models.append(model)

    if as_json:
        documents = [_document(model, shipped=model.path in shipped) for model in models]
        click.echo(json.dumps({"models": documents, "failures": failures}, ensure_ascii=False, indent=2))
    elif models:
        click.echo("\n\n".join([_overview(models), *map(_details, models)]))
    elif not failures:
        click.echo(
            "This crackscope came without a model; train one with crackscope train, then give its file."
        )
    for failure in failures:
        click.echo(failure, err=True)
    if not failures:
        return exit_status.ALL_DONE
    return exit_status.NOTHING_DONE if len(failures) == len(model_files) else exit_status.SOME_FAILED


def _document(model: ModelFile, *, shipped: bool) -> dict[str, Any]:
    return {
        "path": str(model.path),
        "shipped": shipped,
        "default": shipped and model.path.stem == DEFAULT_MODEL,
        "sha256": model.sha256,
        "size_bytes": model.size_bytes,
        "card": json.loads(card_to_json(model.card)),
    }


def _overview(models: Sequence[ModelFile]) -> str:
    return text_table(
        ["name", "task", "precision", "size", "threshold", "file"],
        [
            [
                model.card.name,
                model.card.task,
                model.card.precision,
                _size(model.size_bytes),
                model.card.threshold,
                str(model.path),
            ]
            for model in models
        ],
        right=["size"],
    )


def _details(model: ModelFile) -> str:
    card = model.card
    parts = [card.name + "\n" + "=" * len(card.name)]
    if card.task == "classify":
        parts.append(_classifier_sentence(card))
    figures = list(_flatten(card.figures))
    if figures:
        parts.append(text_table(["measured", "value"], figures))
    if card.training_sets:
        rows = [(learnt.name, learnt.pictures or "unknown", learnt.terms) for learnt in card.training_sets]
        parts.append(text_table(["learnt from", "pictures", "terms"], rows))
    if card.terms:
        parts.append(f"Terms: {card.terms}")
    return "\n\n".join(parts)


def _classifier_sentence(card: ModelCard) -> str:
    """Say what a classifier is shown, and what its numbers mean."""
    size = card.input.fixed_size
    shown = (
        "pictures of any size"
        if size is None
        else f"pictures of {size[1]}×{size[0]} px, larger ones in patches"
    )
    sure = "" if card.sure_below is None else f", surely crack-free below {card.sure_below:.3g}"
    return f"Looks at {shown}: cracked from {card.threshold:.3g} on{sure}."


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.2f} MB" if size_bytes >= 1e5 else f"{size_bytes / 1e3:.1f} kB"


def _flatten(figures: Mapping[str, Any], *, path: str = "") -> Iterator[tuple[str, str | int | float | None]]:
    """Give nested figures as rows: the keys on the way, joined, and the value at the end."""
    for key, value in figures.items():
        name = f"{path} {key}".lstrip()
        if isinstance(value, Mapping):
            yield from _flatten(value, path=name)
        elif isinstance(value, list | tuple):
            yield name, "–".join(f"{each:.4g}" if isinstance(each, float) else str(each) for each in value)
        elif isinstance(value, bool):
            yield name, "yes" if value else "no"
        else:
            yield name, value
