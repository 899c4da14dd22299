"""Text data as points: one row per text, one column per word."""

import contextlib
import io
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import fetch_20newsgroups
from sklearn.feature_extraction.text import TfidfVectorizer

from dkm.datasets import sources
from dkm.tables.dataset import DataError, Dataset

CACHE_FILE = "20news-bydate_py3.pkz"  # scikit-learn's cache, read and written only by scikit-learn
# The archive that scikit-learn downloads, its hash, and where scikit-learn looks for it first.
ARCHIVE_URL = "https://ndownloader.figshare.com/files/5975967"
ARCHIVE_SHA256 = "8f1b2514ca22a5ade8fbb9cfa5727df95fa587f4c87b786e15c759fa66d95610"
ARCHIVE = Path("20news_home") / "20news-bydate.tar.gz"
# Number of posts in each group, in the order of the group names.
POSTS = (799, 973, 985, 982, 963, 988, 975, 990, 996, 994)
POSTS += (999, 991, 984, 990, 987, 997, 910, 940, 775, 628)


def newsgroups():
    """18 846 posts to 20 newsgroups, by their 2 000 most frequent words; a 14 MB download."""
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
        value_range="0 to 1: tf-idf of each word; each row has Euclidean norm 1",
        source="posts to Usenet, collected by K. Lang, NewsWeeder: learning to filter netnews, "
        "International Conference on Machine Learning, 1995; the version of J. Rennie, by date, "
        "as in scikit-learn",
        licence="none stated; the posts belong to their authors; used for research",
        notes="training and test posts, with headers, footers and quotes, in scikit-learn's "
        "order; TfidfVectorizer with max_features=2000; about 100 words per row, stored as a "
        "dense array of 151 MB",
    )


def read(folder):
    """Read the posts from scikit-learn's cache file with scikit-learn, and verify them.

    Parameters
    ----------
    folder : Path
        The folder that contains `CACHE_FILE`.

    Returns
    -------
    sklearn.utils.Bunch

    Raises
    ------
    DataError
        If the file is damaged or contains something else.
    """
    try:
        with contextlib.redirect_stdout(
            io.StringIO()
        ):  # scikit-learn prints what is wrong with the file
            posts = fetch_20newsgroups(data_home=folder, subset="all", download_if_missing=False)
        found = tuple(np.bincount(posts.target, minlength=len(POSTS)).tolist())
    except Exception:  # a damaged file can raise any error
        found = ()
    if found != POSTS:
        raise DataError(
            f"{folder / CACHE_FILE} is not scikit-learn's cache file of 20 Newsgroups: it has "
            f"{sum(found)} readable posts in {len(found)} groups; expected {sum(POSTS)} in "
            f"{len(POSTS)}. Replace or delete it."
        )
    return posts


def download():
    """Download the posts, and save scikit-learn's cache file of them in our own cache."""
    content = sources.fetch(
        ARCHIVE_URL, "sha256", ARCHIVE_SHA256, title="20 Newsgroups", filename=CACHE_FILE
    )
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / ARCHIVE
        archive.parent.mkdir()
        archive.write_bytes(content)
        fetch_20newsgroups(data_home=folder)  # finds the archive and writes CACHE_FILE
        posts = read(Path(folder))
        sources.save(CACHE_FILE, (Path(folder) / CACHE_FILE).read_bytes())
    return posts
