"""``crackscope data``: make datasets worth training on."""

from __future__ import annotations

from crackscope.cli.lazy_group import CommandEntry, LazyGroup

COMMANDS = {
    "audit": CommandEntry(
        "crackscope.cli.data_audit_command", "Find what is wrong with a dataset and show it."
    ),
    "repair": CommandEntry(
        "crackscope.cli.data_repair_command", "Write a dataset anew, mended; the original stays as it is."
    ),
    "split": CommandEntry(
        "crackscope.cli.data_split_command", "Divide datasets for training, validation and testing."
    ),
    "convert": CommandEntry(
        "crackscope.cli.data_convert_command", "Write a dataset in another layout: pairs, COCO, YOLO."
    ),
}

HELP = """Make datasets worth training on: find what is wrong, mend it, divide it, convert it.

\b
  crackscope data audit sets/Concrete                      what is wrong, as table, JSON and a page to look at
  crackscope data repair sets/Concrete --out sets/mended   a new dataset; the original stays as it is
  crackscope data split sets/mended --out split.csv        parts that share no photo and no duplicate
  crackscope data convert sets/mended coco-set --to coco   for other programs

Understood are images/ beside masks/, {Positive,Negative}/{Images,Masks}, class folders, COCO, YOLO and
CrackForest's .mat files.
"""

command = LazyGroup(entries=COMMANDS, name="data", help=HELP)
