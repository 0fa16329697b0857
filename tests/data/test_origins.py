import gzip
import shutil
import socket
import stat
import subprocess
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from fashion_bench.data.fashion_mnist import FILES, read
from fashion_bench.data.origins import (
    PACKAGE_FOLDER,
    download_package,
    from_folder,
    from_mirrors,
    torchvision_mirrors,
)
from fashion_bench.errors import DataError, MachineError

LABELS = "t10k-labels-idx1-ubyte"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def _mirror(folder):
    """Serve a folder over HTTP."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Reach this machine's own servers directly."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def silent_mirror():
    """A server that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def closed_mirror():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


def test_a_folder_gives_its_files(real_data):
    """What is asked for comes back decompressed."""
    assert from_folder([LABELS], folder=real_data) == {LABELS: read(real_data, LABELS)}


def test_a_folder_without_the_files_says_so(tmp_path):
    """The first absent file is named."""
    with pytest.raises(DataError, match=f"{tmp_path}: holds no {LABELS}"):
        from_folder([LABELS], folder=tmp_path)


def test_torchvision_serves_the_files_we_ask_for():
    """Torchvision's mirrors hold our four files under our names."""
    from torchvision.datasets import FashionMNIST

    assert {name for name, _ in FashionMNIST.resources} == {f"{name}.gz" for name in FILES}
    assert all(mirror.endswith("/") for mirror in torchvision_mirrors())


def test_a_mirror_gives_its_files(tmp_path, real_data):
    """Archives are downloaded and decompressed."""
    content = read(real_data, LABELS)
    (tmp_path / f"{LABELS}.gz").write_bytes(gzip.compress(content))
    with _mirror(tmp_path) as mirror:
        assert from_mirrors([LABELS], mirrors=[mirror]) == {LABELS: content}


def test_the_next_mirror_is_tried(tmp_path, real_data, closed_mirror, silent_mirror):
    """Mirrors that are closed or silent are passed over."""
    content = read(real_data, LABELS)
    (tmp_path / f"{LABELS}.gz").write_bytes(gzip.compress(content))
    with _mirror(tmp_path) as mirror:
        mirrors = [closed_mirror, silent_mirror, mirror]
        assert from_mirrors([LABELS], mirrors=mirrors, patience=5) == {LABELS: content}


def test_a_closed_network_is_the_reason(closed_mirror):
    """The mirror and what the network said are in the error."""
    with pytest.raises(MachineError, match=f"{closed_mirror}: cannot be downloaded.*refused"):
        from_mirrors([LABELS], mirrors=[closed_mirror])


def test_a_silent_mirror_is_left(silent_mirror):
    """A server that never answers costs its patience and no more."""
    with pytest.raises(MachineError, match=r"cannot be downloaded"):
        from_mirrors([LABELS], mirrors=[silent_mirror], patience=0.1)


@pytest.mark.parametrize("content", [None, b"", b"<html>", gzip.compress(b"x" * 99, mtime=0)[:-9]])
def test_a_bad_download_is_a_reason(tmp_path, content):
    """Not found, no archive or a cut archive: a MachineError (an empty one is refused later)."""
    if content is not None:
        (tmp_path / f"{LABELS}.gz").write_bytes(content)
    with _mirror(tmp_path) as mirror:
        if content == b"":
            assert from_mirrors([LABELS], mirrors=[mirror]) == {LABELS: b""}
        else:
            with pytest.raises(MachineError, match="cannot be downloaded"):
                from_mirrors([LABELS], mirrors=[mirror])


def _install(folder, script):
    """Put an apt-get of our own into a folder."""
    tool = folder / "apt-get"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


def test_without_apt_the_package_is_passed_over(tmp_path, monkeypatch):
    """On a machine without apt the error says just that."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="apt-get: is not installed"):
        download_package([LABELS])


def test_what_apt_says_is_the_reason(tmp_path, monkeypatch):
    """A failing apt is quoted by its first line."""
    _install(tmp_path, "echo 'E: Unable to reach the archive' >&2; echo more >&2; exit 100")
    (tmp_path / "dpkg").symlink_to("/bin/true")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(MachineError, match=r"apt-get: failed \(E: Unable to reach the archive\);"):
        download_package([LABELS])


def test_an_apt_that_waits_is_not_waited_for(tmp_path, monkeypatch):
    """As for a lock that another holds for ever: the next origin is asked."""
    _install(tmp_path, "exec sleep 1000")
    (tmp_path / "dpkg").symlink_to("/bin/true")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr("fashion_bench.data.origins.SECONDS", 0.1)
    with pytest.raises(MachineError, match=r"apt-get: did not end within 0.1 seconds; use another"):
        download_package([LABELS])


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg, as the package does")
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown until an update"])
def test_the_package_is_unpacked_without_root(known, tmp_path, monkeypatch, real_data):
    """A package apt brings is unpacked and read; where its lists lack it, it is given its own."""
    tree, package = tmp_path / "tree", tmp_path / "package.deb"
    content = read(real_data, LABELS)
    archive = tree / PACKAGE_FOLDER.relative_to("/") / f"{LABELS}.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(gzip.compress(content))
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(
        "Package: dataset-fashion-mnist\nVersion: 1\nArchitecture: all\n"
        "Maintainer: nobody <nobody@example.org>\nDescription: images\n"
    )
    subprocess.run(["dpkg-deb", "--build", tree, package], check=True, capture_output=True)
    lists = tmp_path / "lists"
    if known:
        lists.touch()
    _install(
        tmp_path,
        f'case "$*" in\n*Dir::State=*update) touch {lists};;\n'
        f"*download*) test -e {lists} && cp {package} .;;\nesac",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert download_package([LABELS]) == {LABELS: content}
