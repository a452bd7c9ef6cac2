"""Recipes, crops, augmentation, losses and the Lightning task. Needs the extra ``train``."""
