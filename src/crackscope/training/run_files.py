"""The files of a run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from crackscope.whole_file import whole_file

RECIPE: Final = "recipe.yaml"
DATA: Final = "data.json"
VERSIONS: Final = "versions.json"
SPLIT: Final = "split.csv"
FROZEN: Final = "frozen.json"
LAST: Final = Path("checkpoints") / "last.ckpt"
BEST: Final = Path("checkpoints") / "best.ckpt"


def write_json(path: Path, document: object) -> None:
    """Write a document whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
