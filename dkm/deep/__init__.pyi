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
from .saving import load, save
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
