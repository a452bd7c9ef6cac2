"""Mask R-CNN for single cracks: boxes along long thin things, and masks fine enough for hairlines."""
