"""Deep clusterers: one file per method, with its mathematics; `_core` holds what they share.

A method may extend another one: IDEC extends DEC, and ClusterGAN and InfoGAN play the games of GAN.
"""

from importlib import import_module

import lazy_loader

_attached, _, _names = lazy_loader.attach_stub(__name__, __file__)

__all__ = sorted([*_names, "load", "save"])


def __dir__():
    return list(__all__)


def __getattr__(name):
    if name in ("load", "save"):  # imported by name, because dkm.models imports this package
        return getattr(import_module("dkm.models.save_load"), f"{name}_deep")
    return _attached(name)
