from . import choosing, claims, datasets, deep, metrics, networks, plots, profiles, saving
from .claims import claim, record
from .deep.autoencoder import AutoencoderKMeans
from .deep.cluster_gan import ClusterGAN
from .deep.dcn import DCN
from .deep.dec import DEC
from .deep.deep_kmeans import DeepKMeans
from .deep.dekm import DEKM
from .deep.gan import GAN
from .deep.idec import IDEC
from .deep.infogan import InfoGAN
from .deep.vade import VaDE
from .kmeans import KMeans
from .minibatch import MiniBatchKMeans

__version__: str

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
    "KMeans",
    "MiniBatchKMeans",
    "VaDE",
    "choosing",
    "claim",
    "claims",
    "datasets",
    "deep",
    "metrics",
    "networks",
    "plots",
    "profiles",
    "record",
    "saving",
]
