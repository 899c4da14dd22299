"""Text in whatever encoding people have, as UTF-8."""

import codecs
import re

import numpy as np

from dkm.tables.dataset import DataError

SAMPLE = 100_000  # bytes of the beginning that are looked at where all would take long

_ENCODINGS = {
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-32": codecs.BOM_UTF32_LE,  # begins as UTF-16 does, so it comes first
    "utf-16": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
_SAID = {"cp1252": "Windows-1252", "gb18030": "GB 18030"}


def decode(data, name):
    """The same text in UTF-8, and a note on the encoding that it was in."""
    for encoding, mark in _ENCODINGS.items():
        if data.startswith(mark):
            return encoded(data, encoding, name)
    zeros = np.frombuffer(data[: SAMPLE // 2 * 2], np.uint8) == 0
    if zeros.any():
        even, odd = (zeros[start::2].sum() / (len(zeros) / 2) for start in (0, 1))
        if max(even, odd) < 0.6 or min(even, odd) > 0.1:
            raise DataError(not_text(name))
        return encoded(data, "utf-16-le" if odd > even else "utf-16-be", name)
    sample = data[:SAMPLE]
    odd = sum(sample.count(i) for i in range(32) if i not in b"\t\n\f\r")
    if odd > max(3, len(sample) / 1000):
        raise DataError(not_text(name))
    try:
        data.decode()
    except UnicodeDecodeError:
        return encoded(data, guess(data), name)
    return data, []


def guess(data):
    """The encoding of bytes that are not valid UTF-8."""
    text = data.decode(errors="replace")
    damaged = text.count("\ufffd")
    if damaged < 0.1 * (len(text) - len(text.encode("ascii", "ignore"))):
        return "utf-8"
    high = re.findall(rb"[\x80-\xff]+", data[:SAMPLE])
    # Letters with accents stand alone between others; each Chinese one is two bytes.
    paired = sum(len(run) for run in high if len(run) > 1) > 0.6 * sum(len(run) for run in high)
    order = ["gb18030", "cp1252"] if paired else ["cp1252", "gb18030"]
    for encoding in order:
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def encoded(data, encoding, name):
    """The text in UTF-8, and a note where its encoding is none of the Unicode ones."""
    text = data.decode(encoding, errors="replace")
    damaged = text.count("\ufffd")
    if damaged > 0.01 * len(text):
        raise DataError(not_text(name))
    notes = []
    if encoding in _SAID:
        notes.append(
            f"Its letters are read as {_SAID[encoding]}; if some look wrong, save it as UTF-8."
        )
    elif not encoding.startswith("utf-8"):
        notes.append("Its letters are in UTF-16 or UTF-32.")
    if damaged:
        notes.append(f"{damaged} letters could not be read, they are shown as \ufffd.")
    return text.removeprefix("\ufeff").encode(), notes


def not_text(name):
    """What to say of bytes that are no text."""
    return f"{name} is no table of text: it holds bytes that no text has. Export it as CSV again."
