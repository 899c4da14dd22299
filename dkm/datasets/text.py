"""Texts as points: one row a text, one column a word."""

import contextlib
import io
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import fetch_20newsgroups
from sklearn.feature_extraction.text import TfidfVectorizer

from dkm.datasets import sources
from dkm.tables.dataset import DataError, Dataset

CACHE_FILE = "20news-bydate_py3.pkz"  # scikit-learn's own, which it alone reads and writes
# Where scikit-learn has the texts from, its hash, and where it looks for them before it downloads.
ARCHIVE_URL = "https://ndownloader.figshare.com/files/5975967"
ARCHIVE_SHA256 = "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610"
ARCHIVE = Path("20news_home") / "20news-bydate.tar.gz"
# Number of posts to each group, by name.
POSTS = (799, 973, 985, 982, 963, 988, 975, 990, 996, 994)
POSTS += (999, 991, 984, 990, 987, 997, 910, 940, 775, 628)


def newsgroups():
    """18 846 posts to 20 newsgroups, by their 2 000 most frequent words; a download of 14 MB."""
    path = sources.find(CACHE_FILE, sources.sklearn_cache())
    posts = read(path.parent) if path else download()
    tfidf = TfidfVectorizer(max_features=2000)
    return Dataset(
        name="20news",
        X=tfidf.fit_transform(posts.data).astype(np.float32).toarray(),
        y=posts.target.astype(np.int64),
        feature_names=tuple(tfidf.get_feature_names_out()),
        target_names=tuple(posts.target_names),
        image_shape=None,
        value_range="0 to 1: tf-idf of each word, a row has length 1",
        source="posts to Usenet, collected by K. Lang, NewsWeeder: learning to filter netnews, "
        "International Conference on Machine Learning, 1995; the version of J. Rennie, by date, "
        "as in scikit-learn",
        licence="none is stated; the posts belong to those who wrote them; in use for research",
        notes="training and test posts, with headers, footers and quotes, in scikit-learn's "
        "order; its TfidfVectorizer with max_features=2000; about 100 words a row, kept as a "
        "dense table of 151 MB",
    )


def read(folder):
    """The posts in scikit-learn's file in this folder, read by scikit-learn and checked.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    sklearn.utils.Bunch

    Raises
    ------
    DataError
        If the file is broken, or holds something else.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what is wrong with the file
            posts = fetch_20newsgroups(data_home=folder, subset="all", download_if_missing=False)
        found = tuple(np.bincount(posts.target, minlength=len(POSTS)).tolist())
    except Exception:  # whatever a broken file makes of itself
        found = ()
    if found != POSTS:
        raise DataError(
            f"{folder / CACHE_FILE} is not what scikit-learn keeps of the 20 Newsgroups: "
            f"{sum(found)} posts to {len(found)} groups could be read, expected are "
            f"{sum(POSTS)} to {len(POSTS)}. Replace it or take it away."
        )
    return posts


def download():
    """The posts from the network; scikit-learn's file of them is kept in the cache."""
    content = sources.fetch(
        ARCHIVE_URL, "sha256", ARCHIVE_SHA256, title="20 Newsgroups", put=CACHE_FILE
    )
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / ARCHIVE
        archive.parent.mkdir()
        archive.write_bytes(content)
        fetch_20newsgroups(data_home=folder)  # finds the archive and makes its own file of it
        posts = read(Path(folder))
        sources.keep(CACHE_FILE, (Path(folder) / CACHE_FILE).read_bytes())
    return posts
