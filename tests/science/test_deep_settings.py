"""Whatever Keras and TensorFlow are set to for others, a fit gives the same."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dkm import (
    DCN,
    DEC,
    DEKM,
    IDEC,
    AutoencoderKMeans,
    ClusterGAN,
    DeepKMeans,
    InfoGAN,
    VaDE,
    datasets,
    networks,
)

pytestmark = pytest.mark.thorough

DIGITS = datasets.load("digits").X[:100]
IMAGES = networks.Conv((8, 8), (4,), regularizer=networks.Denoising())
CLUSTERERS = [
    AutoencoderKMeans(3, network=IMAGES, pretrain_epochs=2, random_state=0),
    *[
        kind(3, network=IMAGES, pretrain_epochs=2, epochs=2, random_state=0)
        for kind in (DeepKMeans, DCN, DEC, IDEC, DEKM, VaDE)
    ],
    ClusterGAN(3, network=networks.Conv((8, 8), (4,)), n_critic=1, epochs=2, random_state=0),
    InfoGAN(3, network=networks.Conv((8, 8), (4,)), epochs=2, random_state=0),
]


SETTINGS = {
    "floatx float64": (keras.config.set_floatx, "float64", "float32"),
    "floatx bfloat16": (keras.config.set_floatx, "bfloat16", "float32"),
    "dtype policy": (keras.config.set_dtype_policy, "mixed_float16", "float32"),
    "channels first": (keras.config.set_image_data_format, "channels_first", "channels_last"),
    "eager": (tf.config.run_functions_eagerly, True, False),
}


def results(clusterer, dtype):
    fitted = clusterer.fit(DIGITS.astype(dtype))
    return {"codes": fitted.transform(DIGITS), "centres": fitted.cluster_centers_} | {
        name: values.copy() for name, values in fitted.history_.items()
    }


@pytest.fixture(scope="module")
def wanted():
    return {
        (type(clusterer), dtype): results(clusterer, dtype)
        for clusterer in CLUSTERERS
        for dtype in (np.float32, np.float64)
    }


@pytest.mark.filterwarnings("ignore:Even though the:UserWarning")  # TensorFlow, of running eagerly
@pytest.mark.parametrize("clusterer", CLUSTERERS, ids=lambda clusterer: type(clusterer).__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_fit_does_not_hang_on_global_settings(clusterer, dtype, setting, wanted):
    change, value, usual = SETTINGS[setting]
    change(value)
    try:
        found = results(clusterer, dtype)
    finally:
        change(usual)
    # A compiled step adds up in another order than one that runs line by line: some last digits.
    slack = {np.float32: 1e-5, np.float64: 1e-13}[dtype] if setting == "eager" else 0
    for name, values in wanted[type(clusterer), dtype].items():
        assert np.allclose(found[name], values, rtol=slack, atol=slack), name
