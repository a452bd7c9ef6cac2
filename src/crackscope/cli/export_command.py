"""``crackscope export``: from a training run's folder to a model file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crackscope.cli import exit_status
from crackscope.cli.table import Cell, text_table

if TYPE_CHECKING:
    from crackscope.export.model_export import Export

LARGE_DIFFERENCE = 0.1
"""Of a classifier's probabilities: an int8 file that is farther off answers some pictures otherwise."""

HELP = """Turn RUN, the folder that train wrote, into one model file.

The file holds the network, its threshold and everything needed to run and to judge it. It is compared
with the network on real pictures before it is written. int8 is three times as fast and a quarter of the
size; its ranges are set on the run's own training pictures, or on those given with --data.

\b
Examples:
  crackscope export runs/walls --precision int8 --out walls.onnx
  crackscope export runs/walls --precision fp32 --out walls-fp32.onnx
"""


@click.command("export", help=HELP)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--precision", type=click.Choice(["fp32", "int8"]), default="int8", show_default=True, help="Of the file."
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The model file; RUN/RUN-PRECISION.onnx by default, after the run's folder.",
)
@click.option(
    "--data",
    "folders",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Pictures that set the ranges of int8; may be given several times.",
)
@click.option("--name", metavar="NAME", help="Of the model; the recipe's by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def command(
    *,
    run: Path,
    precision: str,
    out: Path | None,
    folders: tuple[Path, ...],
    name: str | None,
    as_json: bool,
) -> int:
    """Write a run's model file."""
    from crackscope.export.run_export import export_run

    if out is None:
        out = run / f"{name or run.resolve().name}-{precision}.onnx"
    if not out.parent.is_dir():
        raise click.UsageError(f"{out.parent}: no such folder; make it or choose another --out")
    export = export_run(run, out, precision=precision, calibration_folders=folders, name=name)
    click.echo(json.dumps(_document(export), ensure_ascii=False) if as_json else _text(export))
    return exit_status.ALL_DONE


def _document(export: Export) -> dict[str, object]:
    return {
        "path": str(export.model_file.path),
        "name": export.model_file.card.name,
        "precision": export.model_file.card.precision,
        "size_bytes": export.model_file.size_bytes,
        "sha256": export.model_file.sha256,
        "threshold": export.model_file.card.threshold,
        "parity": None if export.parity is None else asdict(export.parity),
    }


def _text(export: Export) -> str:
    model_file, parity = export.model_file, export.parity
    card = model_file.card
    lines = [
        f"{model_file.path}: {card.name}, {card.precision}, {model_file.size_bytes / 1e6:.2f} MB,"
        f" threshold {card.threshold:.3f}"
    ]
    if parity is not None:
        row: list[Cell] = [
            parity.pictures,
            f"{parity.max_difference:.2g}",
            f"{parity.mean_difference:.2g}",
            f"{parity.mask_f1:.4f}",
        ]
        of = "answers" if card.task == "classify" else "masks"
        header = ["pictures", "largest difference", "mean difference", f"F1 of {of}"]
        lines += ["", "compared with the network:", text_table(header, [row], right=header)]
        if card.task == "classify" and parity.max_difference > LARGE_DIFFERENCE:
            lines.append(
                f"answers differ by up to {parity.max_difference:.2g} from the network's: evaluate this file"
                " before you use it, or export it with --precision fp32"
            )
    lines += ["", f"next: crackscope inspect PHOTOS --model {model_file.path}"]
    return "\n".join(lines)
