"""What became of cracks between two photos of the same place."""

from crackscope.measurement.change.compare import compare_cracks
from crackscope.measurement.change.crack_change import CrackChange, CrackedPhoto, Stretch

__all__ = ["CrackChange", "CrackedPhoto", "Stretch", "compare_cracks"]
