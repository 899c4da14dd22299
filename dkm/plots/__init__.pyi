from .assignments import soft_regions
from .clusters import images, lloyd_frames, panels, sample, scatter
from .game import sheet, surfaces
from .measures import evidence, lines, slope, strips
from .page import Plot, show
from .pointing import image_map
from .profiles import differences
from .steps import stepper

__all__ = [
    "Plot",
    "differences",
    "evidence",
    "image_map",
    "images",
    "lines",
    "lloyd_frames",
    "panels",
    "sample",
    "scatter",
    "sheet",
    "show",
    "slope",
    "soft_regions",
    "stepper",
    "strips",
    "surfaces",
]
