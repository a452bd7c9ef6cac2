"""What goes wrong for a user, as opposed to what goes wrong in the code."""


class CrackscopeError(Exception):
    """One sentence that says what is wrong, where, and what to do about it.

    The command line shows the sentence alone; everything that is not a `CrackscopeError` is a defect of ours.
    """


class PhotoError(CrackscopeError):
    """A picture that cannot be read: missing, broken, not a picture, or larger than allowed."""


class ModelFileError(CrackscopeError):
    """A model file that cannot be used: not ONNX, without metadata, damaged, or of a newer schema."""


class DatasetError(CrackscopeError):
    """A dataset that cannot be used: no pictures, a missing mask, a mask of another size."""


class RecipeError(CrackscopeError):
    """A recipe with an unknown key, a wrong value, or one that cannot be read."""


class MissingExtraError(CrackscopeError):
    """A command needs a part of crackscope that is not installed."""


class MeasurementError(CrackscopeError):
    """Something that cannot be measured: nothing to measure in it, or measures that contradict each other."""


class RuleError(CrackscopeError):
    """A rule of severity that is not known, or cannot be read."""


class RegistrationError(CrackscopeError):
    """Two photos that cannot be laid one on the other: not of the same place, too different, or no detail."""


class StoreError(CrackscopeError):
    """Something that a store refuses or has lost: a value it cannot keep, a damaged file, a newer store."""


class StoreUnavailableError(StoreError):
    """A store that does not answer now: its database or its files are away; asking again later may help."""


class NotFoundError(StoreError):
    """An inspection, job or key that a store does not have, or not for this owner."""
