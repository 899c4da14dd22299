import os

from ._core.base import DeepClusterer
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

def load(path: str | os.PathLike[str]) -> DeepClusterer: ...
def save(path: str | os.PathLike[str], clusterer: DeepClusterer) -> None: ...

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
