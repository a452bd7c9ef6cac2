"""Width from grey values across a crack."""

from crackscope.measurement.profile.estimate import WidthEstimate, width_from_profile

__all__ = ["WidthEstimate", "width_from_profile"]
