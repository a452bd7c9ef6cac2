"""The focal length of a photo in its own pixels, from what the camera wrote down."""

from __future__ import annotations

import math

from crackscope.errors import MeasurementError
from crackscope.imaging.metadata import PhotoMetadata

FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
OTHER_SHAPE = 0.02
"""A photo whose sides are in another ratio than the camera's, by more than this share, was cropped."""
DISAGREE = 0.1


def focal_length_px(
    metadata: PhotoMetadata, *, height_px: int, width_px: int, sensor_width_mm: float | None = None
) -> float:
    """Work out the focal length in px of a photo as it lies there, also if it was made smaller since.

    Parameters
    ----------
    metadata : PhotoMetadata
    height_px, width_px : int
        Of the photo.
    sensor_width_mm : float, optional
        Longer side of the sensor, where the camera does not say it, or contradicts itself.

    Returns
    -------
    float

    Raises
    ------
    MeasurementError
        If the camera said too little, contradicts itself, or the photo was cropped.

    References
    ----------
    CIPA DC-008 (Exif): FocalLength, FocalLengthIn35mmFilm, FocalPlaneXResolution; CIPA DCG-001: the focal
    length on 35 mm film is that of the same diagonal angle of view.

    Examples
    --------
    >>> from crackscope.imaging.metadata import PhotoMetadata
    >>> phone = PhotoMetadata(focal_length_35mm_mm=26.0)
    >>> round(focal_length_px(phone, height_px=3000, width_px=4000))
    3005
    """
    longest, diagonal = float(max(height_px, width_px)), math.hypot(height_px, width_px)
    if metadata.taken_px is not None:
        ratio = max(metadata.taken_px) / min(metadata.taken_px)
        if abs(ratio * min(height_px, width_px) / longest - 1.0) > OTHER_SHAPE:
            taken = "×".join(str(side) for side in metadata.taken_px)
            raise MeasurementError(
                f"was taken with {taken} px and cropped to {width_px}×{height_px} px since, so that the"
                " camera's angle of view no longer holds; use the photo as it was taken."
            )
    if metadata.digital_zoom is not None:
        raise MeasurementError(
            f"the camera zoomed in digitally ({metadata.digital_zoom:g} times), and cameras differ in what"
            " their angle of view means then; take photos without digital zoom."
        )
    by_film = by_sensor = None
    if metadata.focal_length_35mm_mm is not None:
        by_film = metadata.focal_length_35mm_mm / FILM_DIAGONAL_MM * diagonal
    if metadata.focal_length_mm is not None and metadata.sensor_width_mm is not None:
        by_sensor = metadata.focal_length_mm / metadata.sensor_width_mm * longest
    if metadata.focal_length_mm is not None and sensor_width_mm is not None:
        by_user = metadata.focal_length_mm / sensor_width_mm * longest
        noted = [each for each in (by_film, by_sensor) if each is not None]
        if noted and all(abs(math.log(each / by_user)) > DISAGREE for each in noted):
            raise MeasurementError(
                f"a sensor of {sensor_width_mm:g} mm contradicts what the camera noted of its angle of view;"
                " is it another camera?"
            )
        return by_user
    if by_film is not None and by_sensor is not None and abs(math.log(by_film / by_sensor)) > DISAGREE:
        raise MeasurementError(
            "the camera contradicts itself about its angle of view; give the width of its sensor"
            " (--sensor-width)."
        )
    if by_film is not None:
        return by_film
    if by_sensor is not None:
        return by_sensor
    if metadata.focal_length_mm is not None:
        raise MeasurementError(
            "the camera noted its focal length but not how large its sensor is; give the width of its sensor"
            " (--sensor-width)."
        )
    raise MeasurementError(
        "the camera noted no focal length; use the photo as the camera stored it, or give --scale."
    )
