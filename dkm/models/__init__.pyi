from . import predict
from .save_load import Model, load, save

__all__ = ["Model", "load", "predict", "save"]
