"""A registered model served by MLflow's own server answers as the model does."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
import requests
import torch
from PIL import Image

from fashion_bench.app.model import choose
from tests.finished import Finished
from tests.mlflow_server import MlflowServer, free_port
from tests.saying import Say, say

__all__ = ["say"]

pytestmark = pytest.mark.faults

REQUESTS = 100


@contextmanager
def served(uri: str, store: str, folder: Path) -> Iterator[str]:
    """Serve a model of a store, which may read no pickle; hand over where it is asked."""
    port = free_port()
    words = ["--model-uri", uri, "--env-manager", "local", "--host", "127.0.0.1"]
    words += ["--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "models", "serve", *words],
        env=os.environ
        | {"MLFLOW_TRACKING_URI": store, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},  # it starts uvicorn
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    at, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 300  # 20 s on a quiet machine
    try:
        while True:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline
            with suppress(requests.ConnectionError):
                if requests.get(f"{at}/ping", timeout=5).ok:
                    break
            time.sleep(0.2)
        yield f"{at}/invocations"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_served_model_answers_as_predict_does(
    finished: Finished,
    empty_database: Path,
    tmp_path: Path,
    say: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hundred requests, of a model that was registered over REST where no pickle may be read."""
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    runs = finished.copy(tmp_path).runs
    with MlflowServer(tmp_path / "server", empty_database) as server:
        options = ("--runs", runs, "--mlflow", server.url)
        assert say("sync", *options).code == 0
        said = say("model", "register", "s", *options, "--alias", "champion", "--json")
        assert json.loads(said.printed)["new"], said.told
        said = say("model", "register", "s", *options, "--alias", "champion", "--json")
        assert not json.loads(said.printed)["new"]

        chosen = choose(runs, "s")
        pixels = chosen.valid_images(None).pixels[:REQUESTS]
        with torch.inference_mode():
            expected = chosen.load(trust_code=False)(pixels).numpy()
        with served("models:/s@champion", server.url, tmp_path) as url:

            def ask(image: np.ndarray) -> list[float]:
                body = {"inputs": {"images": [image.tolist()]}}
                answer = requests.post(url, json=body, timeout=60)
                assert answer.ok, answer.text
                [logits] = answer.json()["predictions"]["logits"]
                return logits

            with ThreadPoolExecutor(4) as pool:
                logits = np.array([*pool.map(ask, pixels.numpy())])
    np.testing.assert_allclose(logits, expected, atol=1e-4)

    (folder := tmp_path / "images").mkdir()
    for place, image in enumerate(pixels.numpy()):
        Image.fromarray(image).save(folder / f"{place:03}.png")
    said = say("predict", folder, "--model", "s", "--runs", runs, "--no-invert", "--json")
    found = [list(row["probabilities"].values()) for row in json.loads(said.printed)["images"]]
    shares = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(found, shares / shares.sum(1, keepdims=True), atol=1e-4)
