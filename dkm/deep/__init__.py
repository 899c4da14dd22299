"""Deep clusterers: one file per method, with its mathematics; `_core` holds what they share."""

from importlib import import_module

import lazy_loader

_attached, _, _names = lazy_loader.attach(
    __name__,
    submod_attrs={
        "autoencoder": ["AutoencoderKMeans"],
        "cluster_gan": ["ClusterGAN"],
        "dcn": ["DCN"],
        "dec": ["DEC"],
        "deep_kmeans": ["DeepKMeans", "annealing"],
        "_core.gan_diagnostics": ["covered_modes"],
        "_core.pretraining": ["TrainedAutoencoder"],
        "_core.training": ["Checkpoint"],
        "dekm": ["DEKM"],
        "gan": ["GAN"],
        "idec": ["IDEC"],
        "infogan": ["InfoGAN"],
        "vade": ["VaDE"],
    },
)

__all__ = sorted([*_names, "load", "save"])


def __dir__():
    return list(__all__)


def __getattr__(name):
    if name in ("load", "save"):  # asked for by name: dkm.models imports this room
        return getattr(import_module("dkm.models.files"), f"{name}_deep")
    return _attached(name)
