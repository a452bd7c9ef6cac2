"""``crackscope benchmark``: how long a model takes on this machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.table import text_table

if TYPE_CHECKING:
    from crackscope.engine.model_card import ModelInput
    from crackscope.engine.session import InferenceSession
    from crackscope.export.latency import Latency

ENGINE_NAMES = ("openvino", "onnxruntime")

HELP = """Time MODEL on this machine: the name of a shipped model, or a model file; the default model if left
out.

Prediction only, pixels in memory to probabilities in memory: median and 95th percentile at several sizes.
Several engines take turns in one process.

\b
Examples:
  crackscope benchmark
  crackscope benchmark crack.onnx --threads 2 --engine openvino --engine onnxruntime
  crackscope benchmark crack.onnx --size 640 --json
"""


@click.command("benchmark", help=HELP)
@click.argument("model", required=False)
@click.option(
    "--engine",
    "engines",
    multiple=True,
    type=click.Choice(ENGINE_NAMES),
    help="May be given several times; openvino by default.",
)
@click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(min=1),
    help="Threads to compute with; all cores by default.",
)
@click.option(
    "--size",
    "sizes_px",
    metavar="PX",
    multiple=True,
    type=click.IntRange(min=1, max=4096),
    help="Side of the picture, rounded up to the model's stride; 128, 256 and 448, or its only one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def command(
    *,
    model: str | None,
    engines: tuple[str, ...],
    threads: int | None,
    sizes_px: tuple[int, ...],
    as_json: bool,
) -> int:
    """Time a model file."""
    from crackscope.engine.model_file import DEFAULT_MODEL, ModelFile
    from crackscope.engine.session import open_session
    from crackscope.export.latency import SIZES_PX, measure_latency, processor_name

    model_file = ModelFile.open(model or DEFAULT_MODEL)
    sessions: dict[str, InferenceSession] = {
        engine: open_session(model_file, engine=engine, threads=threads)
        for engine in engines or ENGINE_NAMES[:1]
    }
    sizes = _sizes(model_file.card.input, sizes_px or SIZES_PX, given=bool(sizes_px))
    latencies = measure_latency(sessions, sizes_px=sizes)
    machine = {"processor": processor_name(), "threads": threads}
    described = {"name": model_file.card.name, "precision": model_file.card.precision}
    if as_json:
        document = {"model": described, **machine, "latencies": [asdict(each) for each in latencies]}
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo(f"{described['name']}, {described['precision']}; {machine['processor']}")
        click.echo(f"threads: {threads or 'all cores'}; prediction only\n")
        click.echo(_table(latencies))
    return exit_status.ALL_DONE


def _sizes(model_input: ModelInput, sizes_px: Sequence[int], *, given: bool) -> list[int]:
    """Round sizes up to what the model takes."""
    from crackscope.engine.padding import up_to_multiple

    if model_input.fixed_size is None:
        return sorted({up_to_multiple(size, model_input.stride) for size in sizes_px})
    side_px = max(model_input.fixed_size)
    if given and set(sizes_px) != {side_px}:
        raise click.UsageError(f"the model takes pictures of {side_px} px only; leave --size away")
    return [side_px]


def _table(latencies: list[Latency]) -> str:
    rows = [
        [each.label, f"{each.size_px}×{each.size_px}", f"{each.median_ms:.2f}", f"{each.p95_ms:.2f}"]
        for each in latencies
    ]
    return text_table(["engine", "size", "median ms", "p95 ms"], rows, right=("size", "median ms", "p95 ms"))
