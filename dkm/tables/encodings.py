"""Detect the encoding of a text file and convert it to UTF-8.

Why not charset-normalizer: in short files it takes Windows-1252 for other code pages, and "café"
then reads "cafķ" (tests/science/test_readers.py).
"""

import codecs
import re

import numpy as np

from dkm.tables.dataset import DataError

SAMPLE_SIZE = 100_000  # bytes at the beginning that are checked where checking all would be slow

_BYTE_ORDER_MARKS = {
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-32": codecs.BOM_UTF32_LE,  # starts like the mark of UTF-16, so it must come first
    "utf-16": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
_DISPLAY_NAMES = {"cp1252": "Windows-1252", "gb18030": "GB 18030"}


def decode(data, name):
    """Convert the bytes of a text file to UTF-8.

    Parameters
    ----------
    data : bytes
    name : str
        Name of the file, for errors.

    Returns
    -------
    data : bytes
        The text in UTF-8.
    notes : list of str
        The encoding, if it is not UTF-8.

    Raises
    ------
    DataError
        If the bytes are not text.
    """
    for encoding, mark in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return to_utf8(data, encoding, name)
    zeros = np.frombuffer(data[: SAMPLE_SIZE // 2 * 2], np.uint8) == 0
    if zeros.any():
        even, odd = (zeros[start::2].sum() / (len(zeros) / 2) for start in (0, 1))
        if max(even, odd) < 0.6 or min(even, odd) > 0.1:
            raise DataError(not_text(name))
        return to_utf8(data, "utf-16-le" if odd > even else "utf-16-be", name)
    sample = data[:SAMPLE_SIZE]
    n_control = sum(sample.count(i) for i in range(32) if i not in b"\t\n\f\r")
    if n_control > max(3, len(sample) / 1000):
        raise DataError(not_text(name))
    try:
        data.decode()
    except UnicodeDecodeError:
        return to_utf8(data, guess(data), name)
    return data, []


def guess(data):
    """Guess the encoding of bytes that are not valid UTF-8."""
    text = data.decode(errors="replace")
    n_invalid = text.count("\ufffd")
    if n_invalid < 0.1 * (len(text) - len(text.encode("ascii", "ignore"))):
        return "utf-8"
    high = re.findall(rb"[\x80-\xff]+", data[:SAMPLE_SIZE])
    # Accented letters mostly stand alone between ASCII letters; a Chinese character is two bytes.
    paired = sum(len(run) for run in high if len(run) > 1) > 0.6 * sum(len(run) for run in high)
    candidates = ["gb18030", "cp1252"] if paired else ["cp1252", "gb18030"]
    for encoding in candidates:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def to_utf8(data, encoding, name):
    """Convert bytes in this encoding to UTF-8; parameters and results as in `decode`."""
    text = data.decode(encoding, errors="replace")
    n_invalid = text.count("\ufffd")
    if n_invalid > 0.01 * len(text):
        raise DataError(not_text(name))
    notes = []
    if encoding in _DISPLAY_NAMES:
        notes.append(
            f"The file was decoded as {_DISPLAY_NAMES[encoding]}; if some characters look wrong, "
            "save it as UTF-8."
        )
    elif not encoding.startswith("utf-8"):
        notes.append("The file is encoded in UTF-16 or UTF-32.")
    if n_invalid:
        notes.append(f"Characters that could not be decoded, shown as \ufffd: {n_invalid}.")
    return text.removeprefix("\ufeff").encode(), notes


def not_text(name):
    """The error message for bytes that are not text."""
    return (
        f"{name} is not a text table: it contains bytes that do not occur in text. Export it as "
        "CSV again."
    )
