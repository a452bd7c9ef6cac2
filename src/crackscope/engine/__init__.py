"""Running a model file: what it says of itself, the inference engines, and predicting photos of any size."""
