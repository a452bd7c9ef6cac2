"""What a finished or running training left in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crackscope.datasets.split import Split
from crackscope.errors import CrackscopeError
from crackscope.training.lineage import Ancestry, Learnt, merge_lineages, own_lineage
from crackscope.training.recipe import Recipe, read_recipe
from crackscope.training.run_files import DATA, FROZEN, RECIPE, VERSIONS
from crackscope.training.samples import find_split


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's recipe, data, versions, and what was frozen after it.

    Parameters
    ----------
    path : Path
    recipe : Recipe
    data_folders : tuple of Path
    pictures : mapping
        Part → set → number of pictures.
    versions : mapping
        Package → version.
    frozen : mapping, optional
        Threshold, temperature and crack filter with the evidence; None before they are chosen.
    ancestry : Ancestry
        What it was begun from.
    precision : str, optional
        ``"fp32"`` or ``"bf16"``, whichever it was begun in; None where an earlier version did not note it.
    """

    path: Path
    recipe: Recipe
    data_folders: tuple[Path, ...]
    pictures: Mapping[str, Mapping[str, int]]
    versions: Mapping[str, str]
    frozen: Mapping[str, Any] | None
    ancestry: Ancestry = field(default_factory=Ancestry)
    precision: str | None = None

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Read a run's folder.

        Raises
        ------
        CrackscopeError
            If it is no run's folder or a file in it is damaged.
        """
        recipe_path = path / RECIPE
        if not recipe_path.is_file():
            raise CrackscopeError(
                f"{path}: is no run, {RECIPE} is missing; give the folder that train wrote."
            )
        recipe = read_recipe(str(recipe_path))
        data = _read_json(path / DATA)
        try:
            folders = tuple(Path(folder) for folder in data["folders"])
            pictures = {part: dict(counts) for part, counts in data["pictures"].items()}
            ancestry = Ancestry.from_document(data["ancestry"]) if "ancestry" in data else Ancestry()
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise CrackscopeError(f"{path / DATA}: is damaged; train again.") from error
        frozen = _read_json(path / FROZEN) if (path / FROZEN).exists() else None
        return cls(
            path,
            recipe,
            folders,
            pictures,
            _read_json(path / VERSIONS),
            frozen,
            ancestry,
            data.get("precision"),
        )

    def lineage(self) -> tuple[Learnt, ...]:
        """List everything that the run learnt from, sorted by name."""
        return merge_lineages(
            own_lineage(self.recipe, self.pictures.get("train", {})), self.ancestry.inherited
        )

    def split(self) -> Split:
        """Find the run's pictures again and split them as it did.

        Raises
        ------
        DatasetError
            If they are no longer there.
        """
        return find_split(self.data_folders, self.recipe)


def run_of(path: Path) -> Path | None:
    """Find the run folder that a path is, or that a checkpoint lies in; None for a checkpoint on its own."""
    for folder in (path.resolve(), path.resolve().parent.parent):
        if (folder / RECIPE).is_file() and (folder / DATA).is_file():
            return folder
    return None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CrackscopeError(f"{path}: cannot be read as JSON; train again.") from error
    if not isinstance(document, dict):
        raise CrackscopeError(f"{path}: is damaged; train again.")
    return document
