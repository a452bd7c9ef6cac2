"""From crack pixels to numbers: regions, their centreline graph, length and width."""

from crackscope.measurement.centreline import thin
from crackscope.measurement.crack_widths import CrackWidths, Figure
from crackscope.measurement.density import crack_density_m_per_m2, mean_spacing
from crackscope.measurement.filter import keep, rotated_length
from crackscope.measurement.graph import CentrelineGraph, Edge
from crackscope.measurement.measure import CrackMeasurement, measure, measure_cracks
from crackscope.measurement.profile import WidthEstimate, width_from_profile
from crackscope.measurement.region import Region
from crackscope.measurement.regions import RegionAssembler
from crackscope.measurement.shape import CrackShape
from crackscope.measurement.thinning import skeleton

__all__ = [
    "CentrelineGraph",
    "CrackMeasurement",
    "CrackShape",
    "CrackWidths",
    "Edge",
    "Figure",
    "Region",
    "RegionAssembler",
    "WidthEstimate",
    "crack_density_m_per_m2",
    "keep",
    "mean_spacing",
    "measure",
    "measure_cracks",
    "rotated_length",
    "skeleton",
    "thin",
    "width_from_profile",
]
