"""Kernels that need no time to import: each is forked from one process that has done so.

`warm_kernel` starts that process and gives the name of a kernelspec. Its "kernel" is a small
program that asks the process for a fork and lives exactly as long: it is started, watched and
killed like any other kernel. No TensorFlow operation runs before a fork, so there are no threads
to lose. Only Linux forks: Windows cannot, and on macOS system libraries may start threads.
"""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "dkm-warm"
LIVES = 0.1  # seconds between two looks whether kernels live
PROXY = """
import json, os, signal, socket, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # which precedes the polite request to end
server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
server.sendall(json.dumps([os.getcwd(), sys.argv[2]]).encode() + b"\\n")
server.recv(1)  # comes to an end when the kernel does
"""


@contextmanager
def warm_kernel():
    """The name of a kernelspec whose kernels are forked, or of the usual one where none can be."""
    if sys.platform != "linux":
        yield "python3"
        return
    with tempfile.TemporaryDirectory(prefix="dkm-") as folder:
        address = f"{folder}/socket"
        spec = {
            "argv": [sys.executable, "-S", "-E", "-c", PROXY, address, "{connection_file}"],
            "display_name": NAME,
            "language": "python",
        }
        place = Path(folder, "kernels", NAME)
        place.mkdir(parents=True)
        (place / "kernel.json").write_text(json.dumps(spec))
        before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [folder, before]))
        server = subprocess.Popen(
            [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            assert server.stdout.readline() == b"ready\n"
            yield NAME
        finally:
            server.stdin.close()
            server.wait()
            os.environ.pop("JUPYTER_PATH")
            os.environ.update({"JUPYTER_PATH": before} if before else {})


def serve(address):
    """Fork a kernel for each that asks, until stdin ends."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    kernels, events = {}, selectors.DefaultSelector()
    events.register(listener, selectors.EVENT_READ)
    events.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in events.select(LIVES):
            if key.fileobj is sys.stdin:
                for pid in kernels:
                    kill(pid)
                return
            if key.fileobj is listener:
                asker, _ = listener.accept()
                kernels[fork_kernel(asker)] = asker
                events.register(asker, selectors.EVENT_READ)
            else:  # who asked was killed
                events.unregister(key.fileobj)
                kill(next(pid for pid, asker in kernels.items() if asker is key.fileobj))
        for pid in [pid for pid in kernels if os.waitpid(pid, os.WNOHANG)[0]]:
            asker = kernels.pop(pid)
            with suppress(KeyError):
                events.unregister(asker)
            asker.shutdown(socket.SHUT_RDWR)  # close() alone leaves it open in later kernels
            asker.close()


def fork_kernel(asker):
    """Fork a kernel; returns its process, and in the process never."""
    with asker.makefile() as lines:
        cwd, connection_file = json.loads(lines.readline())
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        os.chdir(cwd)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # nobody reads the pipe that said "ready"
        from ipykernel.kernelapp import IPKernelApp

        IPKernelApp.launch_instance(["-f", connection_file])
    finally:
        os._exit(0)


def kill(pid):
    """Kill a kernel with all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # where it has no group of its own yet


def warm_up():
    """Import what takes long, and nothing of dkm: faults must come before its imports."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as a kernel does
    import ipykernel.kernelapp  # noqa: F401
    import keras  # noqa: F401
    import matplotlib.backends.backend_agg
    import matplotlib.figure  # noqa: F401  (pyplot comes later: it wants a kernel)
    import pandas  # noqa: F401
    import scipy.optimize  # noqa: F401
    import sklearn.cluster
    import sklearn.datasets
    import sklearn.manifold
    import sklearn.metrics
    import sklearn.model_selection
    import sklearn.neural_network  # noqa: F401
    import tensorflow

    # The other half of the cores is for the other half of the tests.
    share = max(1, (os.cpu_count() or 1) // 2)
    tensorflow.config.threading.set_intra_op_parallelism_threads(share)
    tensorflow.config.threading.set_inter_op_parallelism_threads(share)


if __name__ == "__main__":
    warm_up()
    serve(sys.argv[1])
