"""The options that say how large a pixel is on the wall."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crackscope.cli.options import Decimal

if TYPE_CHECKING:
    from crackscope.inspection.scale_source import ScaleSource

_Command = TypeVar("_Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--scale",
        type=Decimal(),
        metavar="MM_PER_PX",
        help="Size of a pixel on the surface, for figures in mm.",
    ),
    click.option(
        "--scale-sigma",
        type=Decimal(or_zero=True),
        metavar="MM_PER_PX",
        help="Standard deviation of the scale.  [default: 0]",
    ),
    click.option(
        "--scales",
        metavar="CSV",
        help="A table of scales photo by photo: columns photo, mm_per_px, sigma_mm_per_px.",
    ),
    click.option(
        "--marker",
        type=Decimal(),
        metavar="MM",
        help="Take the scale from printed markers with a black square of this side (see crackscope marker).",
    ),
    click.option("--marker-dictionary", metavar="NAME", help="Of the markers.  [default: apriltag-36h11]"),
    click.option(
        "--distance",
        type=Decimal(),
        metavar="MM",
        help="From the lens to the wall: takes the scale from the camera's focal length (EXIF).",
    ),
    click.option(
        "--distance-sigma",
        type=Decimal(or_zero=True),
        metavar="MM",
        help="Standard deviation of the distance.  [default: 1 % of it]",
    ),
    click.option(
        "--sensor-width",
        type=Decimal(),
        metavar="MM",
        help="Longer side of the camera's sensor, where the photo does not tell.",
    ),
)
_NEEDS = {
    "scale_sigma": "scale",
    "marker_dictionary": "marker",
    "distance_sigma": "distance",
    "sensor_width": "distance",
}


def scale_options(command: _Command) -> _Command:
    """Add the options; the command receives their values by name, to be given to `chosen_source`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_source(
    *,
    scale: float | None,
    scale_sigma: float | None,
    scales: str | None,
    marker: float | None,
    marker_dictionary: str | None,
    distance: float | None,
    distance_sigma: float | None,
    sensor_width: float | None,
) -> ScaleSource | None:
    """Make the source of scales that was asked for; None if none was.

    Raises
    ------
    click.UsageError
        If several were asked for, or a detail of one that was not.
    CrackscopeError
        If what was given is no scale, or the table cannot be read.
    """
    given = {name: value for name, value in locals().items() if value is not None}
    for detail, main in _NEEDS.items():
        if detail in given and main not in given:
            raise click.UsageError(f"{_shown(detail)} says more of {_shown(main)}: give that as well")
    chosen = [name for name in ("scale", "scales", "marker", "distance") if name in given]
    if len(chosen) > 1:
        raise click.UsageError(
            f"{' and '.join(map(_shown, chosen))} each say what the scale is: give one of them"
        )
    from crackscope.imaging.markers import DEFAULT_DICTIONARY
    from crackscope.inspection.camera_scale import CameraScale
    from crackscope.inspection.marker_scale import MarkerScale
    from crackscope.inspection.scale_source import GivenScale
    from crackscope.inspection.scale_table import ScaleTable
    from crackscope.measurement.scale import Scale

    if scale is not None:
        return GivenScale(Scale(scale, scale_sigma or 0.0))
    if scales is not None:
        return ScaleTable.read(scales)
    if marker is not None:
        return MarkerScale(marker, marker_dictionary or DEFAULT_DICTIONARY)
    if distance is not None:
        return CameraScale(distance, distance_sigma, sensor_width)
    return None


def _shown(name: str) -> str:
    return f"--{name.replace('_', '-')}"
