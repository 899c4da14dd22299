from . import predict
from .files import Model, load, save

__all__ = ["Model", "load", "predict", "save"]
