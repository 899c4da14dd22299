import os

import dkm.deep._core.base

from ._core.gan_diagnostics import covered_modes
from ._core.pretraining import TrainedAutoencoder
from ._core.training import Checkpoint
from .autoencoder import AutoencoderKMeans
from .cluster_gan import ClusterGAN
from .dcn import DCN
from .dec import DEC
from .deep_kmeans import DeepKMeans, annealing
from .dekm import DEKM
from .gan import GAN
from .idec import IDEC
from .infogan import InfoGAN
from .vade import VaDE

__all__ = [
    "DCN",
    "DEC",
    "DEKM",
    "GAN",
    "IDEC",
    "AutoencoderKMeans",
    "Checkpoint",
    "ClusterGAN",
    "DeepKMeans",
    "InfoGAN",
    "TrainedAutoencoder",
    "VaDE",
    "annealing",
    "covered_modes",
    "load",
    "save",
]

def save(path: str | os.PathLike[str], clusterer: dkm.deep._core.base.DeepClusterer) -> None: ...
def load(path: str | os.PathLike[str]) -> dkm.deep._core.base.DeepClusterer: ...
