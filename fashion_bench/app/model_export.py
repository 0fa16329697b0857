"""Export a model as safetensors or ONNX, read it back by its own runtime, and write its card."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from fashion_bench.analysis.document import Document
from fashion_bench.analysis.rendering.pages import markdown_page
from fashion_bench.analysis.views.model import card_document, exported_document
from fashion_bench.app.model import Chosen, card_of
from fashion_bench.errors import MachineError, SpecError
from fashion_bench.training.files import demand_files, refuse_files, write_whole

if TYPE_CHECKING:
    from fashion_bench.data.images import Images
    from fashion_bench.training.classifier import Classifier
    from fashion_bench.training.predictions import Predictions

Form = Literal["safetensors", "onnx"]
APART = 1e-4  # logits, at most: sums of another runtime are rounded otherwise

_NEEDS = {"safetensors": ("safetensors",), "onnx": ("onnx", "onnxruntime", "onnxscript")}


def export_model(
    chosen: Chosen,
    form: Form,
    out: Path,
    data: Path | str | None = None,
    *,
    force: bool = False,
    trust_code: bool = False,
) -> Document:
    """Write a model into a folder, with a model card in Markdown beside it.

    The file is read back by its own runtime, and is written if that gives as many right answers
    as the model itself, with the same logits but for rounding; beside them stands what was
    recorded when it was trained.

    Args:
        chosen: whose model it is.
        form: of the file.
        out: the folder, made where there is none.
        data: the folder of images; ``None`` for the usual one.
        force: whether to replace what is there.
        trust_code: whether the code that was kept with the study may be run.

    Raises:
        SpecError: what the form takes is not installed.
        StudyError: the file is there.
        MachineError: it cannot be written, or what is read back answers otherwise.
    """
    refuse_without(form, "--format")
    path = out / f"{chosen.trial.trial_id}.{form}"
    card = path.with_suffix(".md")
    refuse_files(path, card, force=force)
    made = exported(chosen, form, data, trust_code=trust_code)
    page = markdown_page(card_document(card_of(chosen, made.said)))
    write_whole(path, made.content)
    write_whole(card, page.encode())
    demand_files(path, card, remedy="give the same command again")
    return exported_document(path, form, chosen.metadata(), made.right, made.apart)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exported:
    """A model in another form, once its own runtime has read it back.

    Attributes:
        content: of its file.
        images: that it was validated on.
        said: what the model itself says of them.
        right: right answers of what was read back.
        apart: how far its logits are from the model's at most.
    """

    content: bytes
    images: "Images"
    said: "Predictions"
    right: int
    apart: float


def exported(chosen: Chosen, form: Form, data: Path | str | None, *, trust_code: bool) -> Exported:
    """Return a model in another form; arguments and errors as of ``export_model``."""
    from fashion_bench.execution.local import one_torch_thread
    from fashion_bench.training.classifier import answers

    classifier = chosen.load(trust_code=trust_code)
    with one_torch_thread():
        images = chosen.valid_images(data)
        said = answers(classifier, images)
        content = _ENCODE[form](classifier, images)
        again = _READ_BACK[form](content, classifier, images)
    right, apart = int(again.right.sum()), float(abs(again.logits - said.logits).max())
    if right != said.right.sum() or apart > APART:
        problem = f"answers otherwise when it is read back ({right:,} right, {apart:.1e} apart)"
        where = f"{chosen.trial.trial_id}.{form}"
        raise MachineError(where, problem, remedy="use another format")
    return Exported(content=content, images=images, said=said, right=right, apart=apart)


def refuse_without(form: Form, where: str) -> None:
    """Look whether what a form takes is installed.

    Raises:
        SpecError: it is not; says what installs it.
    """
    if lacking := [name for name in _NEEDS[form] if find_spec(name) is None]:
        remedy = f"pip install 'fashion-bench[{form}]'"
        raise SpecError(where, f"{form} needs {lacking[0]}, which is not here", remedy=remedy)


def _told(classifier: "Classifier") -> dict[str, str]:
    return {"fashion_bench": json.dumps(classifier.metadata)}


def _safetensors(classifier: "Classifier", images: "Images") -> bytes:
    from safetensors.torch import save

    weights = {name: each.contiguous() for name, each in classifier.network.state_dict().items()}
    return save(weights, metadata=_told(classifier))


def _read_safetensors(content: bytes, classifier: "Classifier", images: "Images") -> "Predictions":
    from copy import deepcopy

    from safetensors.torch import load

    from fashion_bench.training.classifier import answers

    again = deepcopy(classifier)
    for parameter in again.network.state_dict().values():
        parameter.zero_()  # what is not in the file is not there
    again.network.load_state_dict(load(content))
    return answers(again, images)


def _onnx(classifier: "Classifier", images: "Images") -> bytes:
    import torch

    batch = torch.export.Dim("images")
    program = torch.onnx.export(
        classifier,
        (images.pixels[:2],),
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: batch},),
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    proto = program.model_proto
    for node in (*proto.graph.node, *(node for each in proto.functions for node in each.node)):
        del node.metadata_props[:]  # where torch came by: paths of this machine
    for name, text in _told(classifier).items():
        proto.metadata_props.add(key=name, value=text)
    content: bytes = proto.SerializeToString()
    return content


def _read_onnx(content: bytes, classifier: "Classifier", images: "Images") -> "Predictions":
    import numpy as np
    import onnxruntime

    from fashion_bench.training.classifier import parts_of
    from fashion_bench.training.predict import predictions_of

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    said = [
        session.run(["logits"], {"images": some.numpy()})[0] for some in parts_of(images.pixels)
    ]
    return predictions_of(np.concatenate(said), images)


_ENCODE: Mapping[Form, "Callable[[Classifier, Images], bytes]"] = MappingProxyType(
    {"safetensors": _safetensors, "onnx": _onnx}
)
_READ_BACK: Mapping[Form, "Callable[[bytes, Classifier, Images], Predictions]"] = MappingProxyType(
    {"safetensors": _read_safetensors, "onnx": _read_onnx}
)
