import errno
import os

import pytest

from dkm._util.files import write_atomically
from dkm.press import PressError
from dkm.press.output_folder import disk_error_message, prepare_folder


def test_a_file_appears_whole(tmp_path):
    write_atomically(tmp_path / "a" / "b.html", "ä")
    assert (tmp_path / "a" / "b.html").read_bytes() == "ä".encode()


def test_what_goes_wrong_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    write_atomically(path, "old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["page.html"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(PressError, match="is a file"):
        prepare_folder(tmp_path / "reports")
    with pytest.raises(PressError, match="--output FOLDER"):
        prepare_folder(tmp_path / "reports" / "html")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "No space left for out"),
        (errno.EACCES, "out cannot be written to"),
        (errno.EROFS, "out cannot be written to"),
        (errno.EIO, "out: "),
    ],
)
def test_errors_of_the_disk_are_told_with_a_remedy(number, words):
    message = disk_error_message(OSError(number, os.strerror(number)), "out")
    assert message.startswith(words)
    assert "--output FOLDER" in message
