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
    "ClusterGAN",
    "DeepKMeans",
    "InfoGAN",
    "VaDE",
    "annealing",
    "load",
    "save",
]
