"""Experiment trackers: TensorBoard, MLflow and Comet beside the run folder.

Nothing here is imported before a tracker is used: neither PyTorch nor any tracker's package.
"""

from crackscope.training.tracking.guarded import Guarded
from crackscope.training.tracking.opening import open_trackers, tracker_names, tracking
from crackscope.training.tracking.tracker import TrackedRun, Tracker

__all__ = ["Guarded", "TrackedRun", "Tracker", "open_trackers", "tracker_names", "tracking"]
