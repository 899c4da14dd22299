from . import claims, datasets, deep, evaluation, models, networks, plots
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
from .evaluation import metrics
from .kmeans.kmeans import KMeans
from .kmeans.minibatch import MiniBatchKMeans

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
    "claim",
    "claims",
    "datasets",
    "deep",
    "evaluation",
    "metrics",
    "models",
    "networks",
    "plots",
    "record",
]
