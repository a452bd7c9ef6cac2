"""What became of cracks between two photos of the same place."""

from crackscope.measurement.change.compare import CrackChange, CrackedPhoto, Stretch, compare_cracks

__all__ = ["CrackChange", "CrackedPhoto", "Stretch", "compare_cracks"]
