"""The files of the larger data sets: found, fetched, checked, refused in words."""

import bz2
import gzip
import hashlib
import http.client
import http.server
import importlib.util
import io
import socket
import ssl
import tarfile
import threading
import urllib.error
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import _twenty_newsgroups, dump_svmlight_file

from dkm import datasets
from dkm.datasets import DataError, archives, images, sources, text
from dkm.datasets.archives import Expected

SMALL = Expected("Small", (2, 3), train=(3, 2), test=(1, 1))


@pytest.fixture(autouse=True)
def bare_machine(tmp_path, monkeypatch):
    """A home folder with nothing in it, and no network."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("DKM_DATA", "KERAS_HOME", "SCIKIT_LEARN_DATA"):
        monkeypatch.delenv(name, raising=False)
    fails_with(monkeypatch, urllib.error.URLError(socket.gaierror(-3, "Temporary failure")))
    return tmp_path


def fails_with(monkeypatch, error):
    """Let every download end in this error."""

    def urlopen(url, timeout):
        raise error

    monkeypatch.setattr(sources.urllib.request, "urlopen", urlopen)


def small_arrays(high=255):
    """Five and two images of 2 x 3 pixels that fit `SMALL`."""
    x = np.arange(42, dtype=np.float64).reshape(7, 2, 3) * high / 41
    return {
        "x_train": x[:5],
        "y_train": np.array([0, 1, 0, 1, 0], np.uint8),
        "x_test": x[5:],
        "y_test": np.array([1, 0], np.uint8),
    }


# --- where files are looked for -----------------------------------------------------------------


def test_places_are_tried_in_their_order(bare_machine, monkeypatch):
    mine, other = bare_machine / "mine", bare_machine / "other"
    assert sources.find("a.npz", other) is None
    for folder in (other, sources.cache(), mine):
        folder.mkdir(parents=True)
        (folder / "a.npz").touch()
        if folder == mine:
            monkeypatch.setenv("DKM_DATA", str(mine))
        assert sources.find("a.npz", other) == folder / "a.npz"
    assert sources.cache() == bare_machine / ".cache" / "dkm"
    monkeypatch.setenv("DKM_DATA", "~/mine")
    assert sources.find("a.npz") == mine / "a.npz"


def test_a_folder_that_is_not_there_is_named(bare_machine, monkeypatch):
    monkeypatch.setenv("DKM_DATA", str(bare_machine / "nowhere"))
    with pytest.raises(DataError, match=r"DKM_DATA is '.*nowhere', but there is no such folder"):
        datasets.load("mnist")


def test_the_folders_of_keras_and_scikit_learn_may_be_elsewhere(bare_machine, monkeypatch):
    assert sources.keras_cache() == bare_machine / ".keras" / "datasets"
    assert sources.sklearn_cache() == bare_machine / "scikit_learn_data"
    monkeypatch.setenv("KERAS_HOME", "/k")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", "~/s")
    assert sources.keras_cache() == Path("/k/datasets")
    assert sources.sklearn_cache() == bare_machine / "s"


# --- what the network does ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title", "file"),
    [
        ("mnist", "MNIST", "mnist.npz"),
        ("fashion_mnist", "Fashion-MNIST", "fashion_mnist.npz"),
        ("usps", "USPS", "usps.npz"),
        ("20news", "20 Newsgroups", "20news-bydate_py3.pkz"),
    ],
)
def test_without_network_it_says_which_file_to_put_where(bare_machine, name, title, file):
    with pytest.raises(DataError) as caught:
        datasets.load(name)
    assert str(caught.value) == (
        f"{title} is not on this machine and could not be downloaded (no network). "
        f"Put {file} into ~/.cache/dkm, or set DKM_DATA to its folder."
    )
    assert list(bare_machine.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (urllib.error.URLError(OSError(101, "Network is unreachable")), "no network"),
        (urllib.error.URLError(TimeoutError("timed out")), "no response within 20 seconds"),
        (TimeoutError("The read operation timed out"), "no response within 20 seconds"),
        (urllib.error.URLError(ConnectionRefusedError(111, "refused")), "refused"),
        (urllib.error.URLError(OSError("Tunnel connection failed: 403 Forbidden")), "403 Forb"),
        (
            urllib.error.HTTPError("u", 404, "Not Found", {}, None),
            "the server responded with 404 Not F",
        ),
        (ConnectionResetError(), "ConnectionResetError"),
        (http.client.IncompleteRead(b"ab", 9), "IncompleteRead"),
        (http.client.InvalidURL("nonnumeric port: 'x'"), "nonnumeric port"),
        (urllib.error.URLError(ssl.SSLCertVerificationError(1, "bad certificate")), "bad certif"),
    ],
    ids=lambda value: getattr(type(value), "__name__", None),
)
def test_a_failing_network_comes_out_in_words(monkeypatch, error, words):
    fails_with(monkeypatch, error)
    with pytest.raises(DataError, match=rf"could not be downloaded \(.*{words}"):
        sources.fetch("http://x/a", "md5", "0", title="A", filename="a.npz")


@pytest.fixture
def server(monkeypatch):
    """A server on this machine; returns its address and what it sends, by path."""
    monkeypatch.undo()
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(sources, "TIMEOUT", 0.5)
    sent, release = {}, threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path not in sent:
                self.send_error(404)
                return
            self.send_response(200)
            length, content = sent[self.path]
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)
            if self.path == "/silent":
                release.wait(10)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", sent
        release.set()
        running.shutdown()


def test_a_real_download_is_checked(server):
    address, sent = server
    sent |= {"/right": (3, b"abc"), "/silent": (9, b"abc"), "/cut": (9, b"abc")}
    digest = hashlib.sha256(b"abc").hexdigest()

    def fetch(path, digest=digest):
        return sources.fetch(f"{address}/{path}", "sha256", digest, title="A", filename="a.npz")

    assert fetch("right") == b"abc"
    with pytest.raises(
        DataError, match=r"/right is not A: it has 3 bytes, and its sha256 hash is not 00"
    ):
        fetch("right", digest="00")
    with pytest.raises(DataError, match=r"\(no response within 0.5 seconds\)"):
        fetch("silent")
    with pytest.raises(DataError, match="IncompleteRead"):
        fetch("cut")
    with pytest.raises(DataError, match="the server responded with 404"):
        fetch("nothing")


def test_the_published_hashes_are_those_of_the_libraries():
    keras = Path(importlib.util.find_spec("keras").origin).parent / "src" / "datasets" / "mnist.py"
    assert images.MNIST_SHA256 in keras.read_text(encoding="utf-8")
    theirs = _twenty_newsgroups.ARCHIVE
    assert (theirs.url, theirs.checksum) == (text.ARCHIVE_URL, text.ARCHIVE_SHA256)
    assert text.ARCHIVE.name == theirs.filename


def test_a_cache_that_cannot_be_written_is_a_warning(bare_machine):
    (bare_machine / ".cache").touch()
    with pytest.warns(UserWarning, match="a.npz could not be saved to .*will be downloaded again"):
        sources.save("a.npz", b"abc")


# --- what a file must hold ----------------------------------------------------------------------


@pytest.mark.parametrize("low_high", [(0, 255), (0, 1), (-1, 1)])
def test_every_known_range_becomes_zero_to_one(low_high):
    low, high = low_high
    arrays = small_arrays()
    unit = np.arange(42).reshape(7, 6) / 41
    for part in ("x_train", "x_test"):
        arrays[part] = arrays[part] / 255 * (high - low) + low
    X, y = archives.stack(arrays, SMALL, "small.npz")
    assert X.dtype == np.float32
    assert y.dtype == np.int64
    np.testing.assert_allclose(X, unit, atol=1e-7)
    np.testing.assert_array_equal(y, [0, 1, 0, 1, 0, 1, 0])


def test_bytes_and_flat_images_give_the_same():
    arrays = {name: np.round(array).astype(np.uint8) for name, array in small_arrays().items()}
    flat = {**arrays, "x_train": arrays["x_train"].reshape(5, 6)}
    before = arrays["x_train"].copy()
    for a, b in zip(*(archives.stack(each, SMALL, "f") for each in (arrays, flat)), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(arrays["x_train"], before)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        (
            "x_train",
            lambda x: x[:4],
            r"x_train contains float64 of shape \(4, 2, 3\); .*\(5, 2, 3\)",
        ),
        ("x_test", lambda x: x.astype(str), r"x_test contains <U32"),
        ("x_test", lambda x: x.reshape(2, 3, 2), r"x_test contains .*\(2, 3, 2\)"),
        ("y_test", lambda y: y[:, None], r"y_test has shape \(2, 1\); expected \(2,\)"),
        (
            "y_train",
            lambda y: 1 - y,
            "y_train contains 2, 3 images of the classes 0 to 1; expected 3, 2",
        ),
        ("y_train", lambda y: y + 1, "y_train contains 0, 3 images of the classes"),
        ("x_train", lambda x: x + 1, "values range from 1 to 255"),
        ("x_train", lambda x: x * np.nan, "values range from nan to nan"),
        ("x_train", lambda x: x * 2, "values range from 0 to "),
    ],
)
def test_a_file_with_something_else_is_refused(name, change, words):
    arrays = small_arrays()
    arrays[name] = change(arrays[name])
    with pytest.raises(
        DataError, match=rf"small\.npz is not Small: .*{words}.* Replace or delete it"
    ):
        archives.stack(arrays, SMALL, "small.npz")


def test_other_images_of_the_right_classes_are_noticed_by_their_mean():
    X, _ = archives.stack(small_arrays(), SMALL, "small.npz")
    moments = X[:5].mean(dtype=float), X[:5].std(dtype=float)
    for factor, right in ((1, True), (1 + 1e-5, False)):
        for wanted in ((moments[0] * factor, moments[1]), (moments[0], moments[1] * factor)):
            expected = Expected("Small", (2, 3), SMALL.train, SMALL.test, wanted)
            if right:
                archives.stack(small_arrays(), expected, "small.npz")
            else:
                with pytest.raises(DataError, match="training images have mean"):
                    archives.stack(small_arrays(), expected, "small.npz")


def broken_files():
    """Name -> content of files that are no .npz file of images."""
    whole = archives.as_npz(small_arrays())
    objects, missing, single = io.BytesIO(), io.BytesIO(), io.BytesIO()
    np.savez(objects, **{name: np.array([{}], dtype=object) for name in archives.ARRAYS})
    np.savez(missing, x_train=np.zeros(2))
    np.save(single, np.zeros(2))
    return {
        "empty": b"",
        "rubbish": bytes(range(256)),
        "cut short": whole[: len(whole) // 2],
        "damaged": whole[:60] + b"\xff" * 40 + whole[100:],
        "pickles": objects.getvalue(),
        "arrays missing": missing.getvalue(),
        "one array": single.getvalue(),
        "a page of a server": b"<html>404</html>",
    }


@pytest.mark.parametrize("kind", broken_files())
def test_a_broken_file_is_refused_in_words(bare_machine, monkeypatch, kind):
    monkeypatch.setenv("DKM_DATA", str(bare_machine))
    (bare_machine / "usps.npz").write_bytes(broken_files()[kind])
    with pytest.raises(
        DataError, match=r"usps\.npz is not an \.npz file with the arrays x_train, "
    ):
        datasets.load("usps")


def test_a_folder_in_place_of_a_file_is_refused_in_words(bare_machine):
    (sources.cache() / "usps.npz").mkdir(parents=True)
    with pytest.raises(DataError, match=r"usps\.npz is not an \.npz file"):
        datasets.load("usps")


# --- the loaders, with files made here ----------------------------------------------------------


def made_up(expected, dtype=np.float32):
    """Noise in the layout of a data set, with its number of images of each class."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part in ("train", "test"):
        counts = getattr(expected, part)
        y = rng.permutation(np.repeat(np.arange(10), counts)).astype(np.uint8)
        x = np.zeros((len(y), *expected.image_shape), dtype)
        white = 255 if dtype is np.uint8 else 1
        x[:, 0, :] = y[:, None] * (white / 17)  # so that an image tells its class
        x[:, 1, :] = white
        arrays |= {f"x_{part}": x, f"y_{part}": y}
    return arrays


def check_loaded(data, arrays):
    y = np.concatenate([arrays["y_train"], arrays["y_test"]])
    np.testing.assert_array_equal(data.y, y)
    np.testing.assert_allclose(data.X[:, 0] * 17, y, atol=1e-5)
    assert data.X.dtype == np.float32
    assert data.X.shape == (len(y), np.prod(data.image_shape))
    assert len(data.feature_names) == data.X.shape[1]
    assert len(data.target_names) == 10
    assert data.licence in data.describe()


def test_usps_from_a_file_of_ones_own(bare_machine, monkeypatch):
    monkeypatch.setenv("DKM_DATA", str(bare_machine))
    arrays = made_up(images.USPS)
    (bare_machine / "usps.npz").write_bytes(archives.as_npz(arrays))
    check_loaded(datasets.load("usps"), arrays)


def test_mnist_from_the_cache_of_keras(bare_machine, monkeypatch):
    arrays = made_up(images.MNIST, np.uint8) | {"x_test": np.full((10_000, 28, 28), 255, np.uint8)}
    sources.keras_cache().mkdir(parents=True)
    (sources.keras_cache() / "mnist.npz").write_bytes(archives.as_npz(arrays))
    with pytest.raises(DataError, match=r"mnist\.npz is not MNIST: its training images have mean"):
        datasets.load("mnist")
    monkeypatch.setattr(archives, "check_moments", lambda X, moments: None)
    data = datasets.load("mnist")
    assert data.X.shape == (70_000, 784)
    np.testing.assert_array_equal(data.X[60_000:], 1)


def as_idx(array):
    """An array of bytes in the form of the files of Fashion-MNIST."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    return gzip.compress(header + array.tobytes(), 1)


def test_fashion_mnist_from_the_cache_of_keras_is_kept_as_one_file(bare_machine, monkeypatch):
    arrays = made_up(images.FASHION_MNIST, np.uint8)
    folder = sources.keras_cache() / "fashion-mnist"
    folder.mkdir(parents=True)
    published = {}
    for name, (file, _) in images.FASHION_MD5.items():
        content = as_idx(arrays[name])
        (folder / file).write_bytes(content)
        published[name] = (file, hashlib.md5(content).hexdigest())
    with pytest.raises(DataError, match="Fashion-MNIST is not on this machine"):
        datasets.load("fashion_mnist")  # the files are there, but not those that were published
    monkeypatch.setattr(images, "FASHION_MD5", published)
    check_loaded(datasets.load("fashion_mnist"), arrays)
    assert [path.name for path in sources.cache().iterdir()] == ["fashion_mnist.npz"]


def test_usps_is_made_of_what_libsvm_sends(monkeypatch):
    arrays, sent = made_up(images.USPS), {}
    for part, (file, _) in images.USPS_MD5.items():
        text_of_part = io.BytesIO()
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        x = x.reshape(len(x), -1) * 2 - 1
        dump_svmlight_file(x, y.astype(int) + 1, text_of_part, zero_based=False)
        sent[f"{images.LIBSVM_URL}/{file}"] = bz2.compress(text_of_part.getvalue())
    monkeypatch.setattr(sources, "fetch", lambda url, *a, **known: sent[url])
    check_loaded(datasets.load("usps"), arrays)
    sent.clear()
    check_loaded(datasets.load("usps"), arrays)  # from the cache this time


def test_what_was_downloaded_and_is_something_else_is_not_kept(monkeypatch):
    content = archives.as_npz(small_arrays())
    monkeypatch.setattr(sources, "fetch", lambda *a, **known: content)
    with pytest.raises(DataError, match="The downloaded file is not MNIST"):
        datasets.load("mnist")
    assert not sources.cache().exists()


@pytest.fixture
def few_posts(monkeypatch):
    """The archive of two newsgroups with four posts, in place of the real one."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for part in ("train", "test"):
            for group in ("rec.birds", "sci.stars"):
                post = f"a post of {part} about {group[4:]}".encode()
                entry = tarfile.TarInfo(f"20news-bydate-{part}/{group}/1")
                entry.size = len(post)
                archive.addfile(entry, io.BytesIO(post))
    content = content.getvalue()
    theirs = _twenty_newsgroups.ARCHIVE._replace(checksum=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(_twenty_newsgroups, "ARCHIVE", theirs)
    monkeypatch.setattr(text, "POSTS", (2, 2))
    return content


def test_newsgroups_are_unpacked_by_scikit_learn_and_kept(bare_machine, monkeypatch, few_posts):
    monkeypatch.setattr(sources, "fetch", lambda *a, **known: few_posts)
    data = datasets.load("20news")
    assert data.target_names == ("rec.birds", "sci.stars")
    words = dict(zip(data.feature_names, (data.X > 0).T, strict=True))
    np.testing.assert_array_equal(words["stars"], data.y == 1)
    np.testing.assert_allclose(np.linalg.norm(data.X, axis=1), 1, rtol=1e-6)
    assert data.X.dtype == np.float32
    assert [path.name for path in sources.cache().iterdir()] == [text.CACHE_FILE]
    monkeypatch.delattr(sources, "fetch")
    np.testing.assert_array_equal(datasets.load("20news").X, data.X)


def test_posts_that_are_broken_or_others_are_refused(monkeypatch, few_posts):
    sources.cache().mkdir(parents=True)
    (sources.cache() / text.CACHE_FILE).write_bytes(b"rubbish")
    with pytest.raises(
        DataError,
        match=r"pkz is not scikit-learn's cache file of 20 .*: it has 0 readable posts in 0 groups",
    ):
        datasets.load("20news")
    (sources.cache() / text.CACHE_FILE).unlink()
    monkeypatch.setattr(sources, "fetch", lambda *a, **known: few_posts)
    datasets.load("20news")
    monkeypatch.setattr(text, "POSTS", (2, 3))
    with pytest.raises(DataError, match=r"4 readable posts in 2 groups; expected 5 in 2"):
        datasets.load("20news")
