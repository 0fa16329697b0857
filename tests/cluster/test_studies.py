"""A study on several nodes has the list that one machine makes, whatever happens meanwhile."""

import re
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from fashion_bench.app.options import RunOptions
from fashion_bench.app.run import run_study
from fashion_bench.app.studies import Data, Study
from fashion_bench.execution.cluster.joining import Cluster
from tests.app.conftest import Listener
from tests.cluster.ray_nodes import ROOT, Ray, until
from tests.faults.tiny_study import FILE, end, end_all, listed, order, start, wait_until
from tests.own import images, net

pytestmark = pytest.mark.cluster


def test_the_list_is_that_of_one_machine(
    ray: Ray, local_list: list[tuple[object, ...]], tmp_path: Path
) -> None:
    """A child, a Ray worker and two nodes killed and one added: the list and its digests stay."""
    a, b = ray.add(), ray.add()
    killed, held = a.order("kill"), b.order("hang")
    run = ray.drive(tmp_path, FILE)
    until(lambda: not killed.exists() and not held.exists(), run)  # b is at a segment for ever
    orders = {one: one.order("hang") for one in (a, b)}
    [worker] = b.workers()
    worker.kill()
    until(lambda: not all(order.exists() for order in orders.values()), run)
    first = next(one for one in (a, b) if not orders[one].exists())
    first.lose()
    second = b if first is a else a
    until(lambda: not orders[second].exists(), run)
    ray.add(wait=False)
    second.lose()
    printed, told = end(run)
    assert listed(tmp_path) == local_list
    assert "raylet" not in printed + told  # of what Ray would print itself
    assert told.count("A worker died (signal 9).") == 1
    assert told.count("A Ray worker died") == 1
    assert told.count("was lost; what it trained is trained again.") == 2


def test_a_killed_driver_leaves_nothing_that_stops_the_next(
    ray: Ray, local_list: list[tuple[object, ...]], tmp_path: Path
) -> None:
    """Killed five times in a row with images in an object store of 100 MB, it ends as if never."""
    node = ray.add()
    for _ in range(5):
        held = node.order("hang")
        run = ray.drive(tmp_path, FILE)
        until(lambda held=held: not held.exists(), run)
        run.send_signal(signal.SIGKILL)
        run.communicate()
        until(lambda: not node.workers(), node.process)
    end(ray.drive(tmp_path, FILE))
    assert listed(tmp_path) == local_list


def test_what_is_the_users_own_travels(ray: Ray, joined: Cluster, tmp_path: Path) -> None:
    """A network, data, an optimizer and a loss of a file's are trained on a node as here."""
    ray.add()
    file = ROOT / "tests" / "own" / "study.toml"
    here = RunOptions(runs=tmp_path / "here", device="cpu", workers=1, no_mlflow=True)
    there = replace(here, runs=tmp_path / "there", executor="ray", address=joined.address)
    results = [run_study(file, options, Listener()).study for options in (here, there)]
    lists = [[(t.params, t.value, t.checkpoint_sha256) for t in each.trials] for each in results]
    assert lists[0] == lists[1]


def test_what_python_hands_over_travels(ray: Ray, joined: Cluster, tmp_path: Path) -> None:
    """A class and arrays that no file holds are trained on a node as here."""
    ray.add()
    lists = []
    for folder, address in (("here", None), ("there", joined.address)):
        study = Study(
            "handed",
            model=net.Net,
            data=Data(images.load("train")),
            epochs=1,
            fixed={"train_images": 240, "valid_images": 80},
            nuisance={"lr": {"low": 1e-3, "high": 1e-2, "log": True}},
            arms={"adam": {"optimizer": "adam"}, "sgd": {"optimizer": "sgd"}},
            search={"generation": 2},
            trials_per_arm=2,
            runs=tmp_path / folder,
        )
        executor = "local" if address is None else "ray"
        study.run(device="cpu", workers=1, no_mlflow=True, executor=executor, address=address)
        lists.append([(t.params, t.value, t.checkpoint_sha256) for t in study.record.trials])
    assert lists[0] == lists[1]


def test_a_ray_of_its_own_ends_with_its_driver(
    local_list: list[tuple[object, ...]], tmp_path: Path
) -> None:
    """Stopped in good order or killed, a driver leaves no process; the next one, no folder."""
    options = ("--no-mlflow", "--executor", "ray")
    folders: set[str] = set()
    theirs: list[psutil.Process] = []
    try:
        for number, code in ((signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGKILL, -9)):
            held = order(tmp_path, "mid-epoch", "hang")
            run = start(tmp_path, *options, file_text=FILE)
            wait_until(run, lambda held=held: not held.exists())
            started = psutil.Process(run.pid).children(recursive=True)
            theirs += started
            folders |= {
                found[0]
                for one in started
                if (found := re.search(r"/tmp/fb-\d+-\w+", " ".join(one.cmdline())))
            }
            run.send_signal(number)
            end(run, code)
        assert len(folders) == 2
        end(start(tmp_path, *options, file_text=FILE))
    finally:
        end_all()
    assert listed(tmp_path) == local_list
    assert not [folder for folder in folders if Path(folder).exists()]
    _, alive = psutil.wait_procs(theirs, timeout=120)  # its agents look around every few seconds
    assert not alive
