"""Write a dataset anew in another layout, without losing a pixel: pairs, COCO, YOLO."""

from crackscope.datasets.convert.conversion import FORMATS, ConvertResult, Format, convert

__all__ = ["FORMATS", "ConvertResult", "Format", "convert"]
