"""Write a dataset anew with what can be mended mended, and the rest set aside."""

from crackscope.datasets.repair.cleaning import Cleaning, clean
from crackscope.datasets.repair.repair import RepairResult, repair

__all__ = ["Cleaning", "RepairResult", "clean", "repair"]
