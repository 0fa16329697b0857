"""The image and the compose file, as far as they can be judged without a Docker engine."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from fashion_bench.cli import cli

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker" / "compose.yaml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text().splitlines()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_a_command_that_exists(service: str) -> None:
    """The command line knows each service's command and options; its files are in the image."""
    words = shlex.split(SERVICES[service]["command"])
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert done.exit_code == 0, done.output
    assert all((ROOT / word).is_file() for word in words if word.endswith(".toml"))


def test_ports_are_published_on_the_loopback_only() -> None:
    """No service can be reached from another machine."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:5000:5000"]


def test_the_pages_ask_for_a_password_that_no_file_holds() -> None:
    """The server in its container gets the password of whoever starts it, and not without one."""
    assert "--host 0.0.0.0" in SERVICES["ui"]["command"]
    password = SERVICES["ui"]["environment"]["FASHION_BENCH_PASSWORD"]
    assert password.startswith("${FASHION_BENCH_PASSWORD:?")


def test_every_folder_a_command_names_is_in_a_volume() -> None:
    """What a service writes outlives its container."""
    for service in SERVICES.values():
        kept = {volume.split(":")[1] for volume in service["volumes"]}
        named = {word for word in shlex.split(service["command"]) if word.startswith("/")}
        assert named <= kept


def test_the_image_runs_without_privileges() -> None:
    """The last user of the Dockerfile is not root, and has a fixed uid."""
    users = [line.split()[1] for line in DOCKERFILE if line.startswith("USER ")]
    assert int(users[-1]) > 0
    assert any(f"--uid {users[-1]} " in line for line in DOCKERFILE)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_to_its_volumes_and_takes_its_share(service: str) -> None:
    """The image's own files are read-only; memory and processes of the machine are limited."""
    of = SERVICES[service]
    assert of["read_only"] is True
    assert set(of["tmpfs"]) == {"/tmp", "/home/bench"}
    assert of["mem_limit"]
    assert of["pids_limit"] > 0


def test_the_pages_wait_for_the_study() -> None:
    """Which makes the folder that they show."""
    assert SERVICES["ui"]["depends_on"] == {"study": {"condition": "service_started"}}


def test_the_base_can_be_pinned() -> None:
    """By a digest, given when the image is built; without one it is a tag of one version."""
    base = next(line for line in DOCKERFILE if line.startswith("ARG BASE="))
    assert re.fullmatch(r"ARG BASE=python:3\.\d+-slim-\w+", base)
    assert [line for line in DOCKERFILE if line.startswith("FROM ")] == ["FROM ${BASE}"]


def test_code_is_copied_after_its_dependencies_are_installed() -> None:
    """A change of the code leaves the layer that holds torch as it is."""
    copies = [line.split()[1:-1] for line in DOCKERFILE if line.startswith("COPY ")]
    assert copies == [["pyproject.toml", "constraints.txt"], ["."]]


def test_docker_reads_the_compose_file() -> None:
    """`docker compose config` finds nothing wrong; skipped where it is not installed."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    command = [docker, "compose", "--file", str(COMPOSE), "config", "--quiet"]
    env = os.environ | {"FASHION_BENCH_PASSWORD": "twelve or more"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
