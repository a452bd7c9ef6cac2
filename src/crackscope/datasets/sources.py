"""Which photo a picture was cut from, read off its file name.

Public crack datasets cut many pictures from one photo. Two cuts of one photo, one in the training half and
one in the test half, make every figure too good, so splits are made by source photo.
"""

from __future__ import annotations

import re

# Tried in order; the groups that match, joined, name the source photo.
_RULES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(Rissbilder_for_Florian_[0-9A-Z]+)_",  # photo, then the four corners of the cut
        r"^(Volker_[0-9A-Z]+)_",
        r"^(noncrack_.*_\d+)_\d+$",
        r"^(GAPS384_\w+_\d+)_\d+_\d+$",
        r"^(?:train|test|valid)_((?:train|test|valid)_\d+)-\d+$",  # half of this split, half of the first
        r"^exp\d+_(num_\d+)$",  # one magnetic tile under six lights
        r"^(\d{8}_\d{4})\d{2}$",  # phone photos of one minute show one place
        r"^([a-z]_\d+)_\d+$",
        r"^(.+)_jpg",  # an exporter's copies of one picture: NAME_jpg.rf.HASH
    )
)
_SLIDING_WINDOW = re.compile(r"^slide(\d+)$")
_WINDOWS_PER_SOURCE = 25  # neighbouring windows overlap; drone strips are cut apart at every 25th
_CUT_NUMBER = re.compile(r"^(.+)-\d{1,3}$")


def source_photo(stem: str, *, set_name: str) -> str:
    """Name the photo that a picture was cut from.

    Parameters
    ----------
    stem : str
        File name without its ending.
    set_name : str
        The set it belongs to; part of the answer, so that equal names in two sets stay apart.

    Returns
    -------
    str
        Equal for pictures of one photo. The stem itself where no rule fits.

    Examples
    --------
    >>> source_photo("11289-10", set_name="deepcrack_train")
    'deepcrack_train/11289'
    >>> source_photo("Volker_DSC01630_374_343_1233_1342", set_name="volker")
    'volker/Volker_DSC01630'
    >>> source_photo("IMG_6544-3", set_name="deepcrack_test")
    'deepcrack_test/IMG_6544'
    >>> source_photo("wall", set_name="mine")
    'mine/wall'
    """
    for rule in _RULES:
        if match := rule.match(stem):
            return f"{set_name}/{'_'.join(match.groups())}"
    if match := _SLIDING_WINDOW.match(stem):
        return f"{set_name}/slide-{int(match.group(1)) // _WINDOWS_PER_SOURCE}"
    if match := _CUT_NUMBER.match(stem):
        return f"{set_name}/{match.group(1)}"
    return f"{set_name}/{stem}"
