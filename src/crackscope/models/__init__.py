"""Torch architectures behind one registry."""

from crackscope.models.registry import build_segmentation, segmentation_models

__all__ = ["build_segmentation", "segmentation_models"]
