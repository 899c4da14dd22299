from .assignments import soft_regions
from .clusters import drift, images, lloyd_frames, panels, sample, scatter
from .diagrams import diagram
from .gan_training import sheet, surfaces
from .image_maps import image_map
from .measures import changes, evidence, lines, slope, strips
from .page import Plot, show
from .profiles import differences
from .steppers import stepper

__all__ = [
    "Plot",
    "changes",
    "diagram",
    "differences",
    "drift",
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
