"""Data larger than memory."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

ROWS, COLUMNS = 4_000_000, 64  # float32: 1 GB

FIT = """
import resource, sys
import numpy as np
from dkm import KMeans, MiniBatchKMeans

def anonymous():
    status = open("/proc/self/status").read()
    return 1024 * int(status.split("VmData:")[1].split()[0])

path, rows, columns, name = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
X = np.memmap(path, np.float32, "r", shape=(rows, columns))
# Warmed up, so that libraries and threads have what they need; the data may then take no more than
# a quarter of the file.
small = np.array(X[:200_000])
model = {"KMeans": KMeans, "MiniBatchKMeans": MiniBatchKMeans}[name]
parameters = dict(n_clusters=5, n_init=1, max_iter=2, random_state=0)
model(**parameters).fit(small)
del small
resource.setrlimit(resource.RLIMIT_DATA, (anonymous() + X.nbytes // 4,) * 2)
try:
    np.array(X)
except MemoryError:
    pass
else:
    raise SystemExit("the limit does not bite: a copy of X fitted into memory")
print(model(**parameters).fit(X).inertia_ / rows)
"""


@pytest.fixture(scope="module")
def large_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "points.f32"
    rng = np.random.default_rng(0)
    X = np.memmap(path, np.float32, "w+", shape=(ROWS, COLUMNS))
    block = rng.standard_normal((100_000, COLUMNS), dtype=np.float32)
    for start in range(0, ROWS, len(block)):
        X[start : start + len(block)] = block
        block = np.roll(block, 1, axis=1)
    del X
    yield path
    path.unlink()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA counts so on Linux alone")
@pytest.mark.parametrize("name", ["KMeans", "MiniBatchKMeans"])
def test_anonymous_memory_of_a_quarter_of_the_file(large_file, name):
    arguments = [str(large_file), str(ROWS), str(COLUMNS), name]
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FIT), *arguments], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert 50 < float(run.stdout) < COLUMNS  # less than one centre for all would leave
