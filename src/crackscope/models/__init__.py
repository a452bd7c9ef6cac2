"""Architectures behind one registry."""

from crackscope.models.architecture import Architecture
from crackscope.models.registry import architectures, build, build_segmentation, segmentation_models

__all__ = ["Architecture", "architectures", "build", "build_segmentation", "segmentation_models"]
