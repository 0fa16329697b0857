"""Register a model in MLflow, from where it can be served."""

from dataclasses import asdict
from pathlib import Path

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.views.model import registered_document
from fashion_bench.app.model import Chosen
from fashion_bench.app.model_export import exported, refuse_without
from fashion_bench.app.runs_folder import RunsFolder

EXAMPLES = 2  # images that MLflow keeps with a model


def register_model(
    chosen: Chosen,
    alias: str | None = None,
    mlflow: str | None = None,
    data: Path | str | None = None,
    *,
    trust_code: bool = False,
) -> Document:
    """Register a model in MLflow under its study's name, as ONNX that was read back.

    Args:
        chosen: whose model it is.
        alias: that is to lead to the version.
        mlflow: the URL of an MLflow server; by default the folder's own store.
        data: the folder of images; ``None`` for the usual one.
        trust_code: whether the code that was kept with the study may be run.

    Raises:
        SpecError: ONNX is not installed, or no alias can be called so.
        StudyError: the trial is not in MLflow, or the name or the alias there are not ours.
        MachineError: MLflow cannot be written, or what is read back answers otherwise.
    """
    from fashion_bench.tracking.registry import Network, Place, refuse_unregistrable, register

    refuse_without("onnx", chosen.study.name)
    place = Place(
        runs=RunsFolder(chosen.runs, mlflow).folder,
        server=mlflow,
        study=chosen.stage,
        trial_id=chosen.trial.trial_id,
        name=chosen.study.name,
        alias=alias,
    )
    refuse_unregistrable(place)
    made = exported(chosen, "onnx", data, trust_code=trust_code)
    network = Network(
        onnx=made.content,
        examples=made.images.pixels[:EXAMPLES].numpy(),
        classes=made.images.classes,
        metadata=chosen.metadata(),
    )
    found = asdict(register(place, network))
    return registered_document(found, chosen.metadata(), made.right, made.apart)


def versions_registered(runs: Path, name: str, mlflow: str | None) -> list[str]:
    """Return the versions in MLflow's registry that were made of a study, also of a removed one.

    Args:
        runs: the folder of runs.
        name: of the study.
        mlflow: the URL of an MLflow server, looked at besides the folder's own store.

    Raises:
        FashionBenchError: MLflow cannot be read.
    """
    from fashion_bench.tracking.registry import versions_of

    servers = dict.fromkeys((mlflow, None))
    return [version for server in servers for version in versions_of(runs, server, name)]
