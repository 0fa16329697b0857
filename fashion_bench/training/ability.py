"""What a network can do: be trained at all, beside others, and padded to a wider one.

Tried on a few made-up images in float64, and compared with each trial alone: what is exact there is
done with all images, and what is not trains one trial at a time, or beside equals only.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import torch

from fashion_bench import code
from fashion_bench.config import DataFacts, ParamValue, TrialConfig
from fashion_bench.data.images import Images
from fashion_bench.data.memory import GIB, available
from fashion_bench.errors import RAISED, CodeError, FashionBenchError, said
from fashion_bench.models import build, network_class
from fashion_bench.training.cohort import Cohort, architecture_of, contents, crop, shapes_of
from fashion_bench.training.optimizers.own import own_optimizer, try_own
from fashion_bench.training.rendering import Plain, Vmapped, minimised_by
from fashion_bench.training.step import gather

BATCH = 6  # images of a trial
EXACT = 1e-9  # largest difference, relative to the largest number


def made_up_images(facts: DataFacts) -> Images:
    """Return two batches of a data set's shape, of every class that there is room for."""
    draw = torch.Generator().manual_seed(0)
    return Images(
        pixels=torch.randn(2 * BATCH, *facts.shape, generator=draw),
        labels=torch.arange(2 * BATCH) % facts.classes,
        digest="",
        mean=(0.0,),
        std=(1.0,),
        classes=facts.classes,
    )


def refuse_what_cannot_train(config: TrialConfig, facts: DataFacts) -> None:
    """Try a trial's network, loss and optimizer, and then a step of all together.

    Raises:
        CodeError: of the user's code: it raises, or does not do what a network should.
        SpecError: its optimizer or loss is none.
    """
    told, images = code.unpinned(config.recipe.model), made_up_images(facts)
    _refuse_what_is_too_large(config, images, told)
    network = build(architecture_of(config, images), config.seed).train()
    _refuse_weights(network, told)
    _refuse_answer(_answer(network, images.pixels[:BATCH], told), BATCH, facts.classes, told)
    minimised_by(config.recipe.loss, facts.classes)
    if code.is_reference(config.recipe.optimizer):
        lr = config.hyper.lr
        try_own(partial(own_optimizer, config, lr=lr), list(network.parameters()), lr)
    rows = torch.arange(BATCH)[None]
    try:
        alone = Plain(Cohort.start([_tiny(config)], images=images), images)
        alone.step(rows, 0)
        alone.score(rows)
    except FashionBenchError:
        raise
    except RAISED as error:
        problem = f"cannot be trained ({said(error)})"
        raise CodeError(told, problem, remedy="mend it, then run again") from error


def trouble_with_one_image(config: TrialConfig, facts: DataFacts) -> str | None:
    """Return why a trial's network cannot learn from a batch of one image, if it cannot."""
    told, images = code.unpinned(config.recipe.model), made_up_images(facts)
    network = build(architecture_of(config, images), config.seed).train()
    try:
        _refuse_answer(_answer(network, images.pixels[:1], told), 1, facts.classes, told)
    except CodeError as error:
        return error.problem
    return None


def _refuse_what_is_too_large(config: TrialConfig, images: Images, told: str) -> None:
    """Refuse a network whose weights, gradients and best epoch's weights do not fit into memory."""
    architecture = architecture_of(config, images)
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            network = network_class(architecture.model)(**architecture.keywords())
            held = sum(each.nbytes for each in contents(network).values())
    except FashionBenchError:
        raise
    except RAISED:  # it reads what it draws, or cannot be built at all, which is told elsewhere
        return
    if 3 * held > available():
        raise CodeError(
            told,
            f"needs {3 * held / GIB:,.1f} GiB of memory to be trained",
            given=", ".join(f"{n} {v}" for n, v in architecture.keywords().items()),
            remedy="let it be narrower, or free some memory",
        )


def _refuse_weights(network: torch.nn.Module, told: str) -> None:
    weights = dict(network.named_parameters())
    if not weights:
        remedy = "give it layers that have some"
        raise CodeError(told, "has no weights to train", remedy=remedy)
    for name, weight in weights.items():
        if isinstance(weight, torch.nn.parameter.UninitializedParameter):
            remedy = "give the number of its inputs to the layer"
            raise CodeError(told, f"leaves the shape of {name} open", remedy=remedy)
        if not weight.requires_grad:
            remedy = "register it as a buffer"
            raise CodeError(told, f"has a weight {name} that is not trained", remedy=remedy)


def _refuse_answer(logits: torch.Tensor, images: int, classes: int, told: str) -> None:
    if logits.shape != (images, classes):
        raise CodeError(
            told,
            f"does not answer with one number for each of the {classes} classes",
            given=f"logits {list(logits.shape)} of {images} images",
            remedy=f"return logits [images, {classes}]",
        )
    if not logits.is_floating_point():
        problem, given = "answers with no floats", str(logits.dtype)
        raise CodeError(told, problem, given=given, remedy="return logits as floats")
    if not logits.requires_grad:
        remedy = "compute them from its weights with torch"
        raise CodeError(told, "answers with logits that have no gradient", remedy=remedy)
    if not logits.isfinite().all():
        remedy = "mend its initial weights"
        raise CodeError(told, "answers with what is no number", given="NaN", remedy=remedy)


def _answer(network: torch.nn.Module, pixels: torch.Tensor, told: str) -> torch.Tensor:
    try:
        logits: torch.Tensor = network(pixels)
    except FashionBenchError:
        raise
    except RAISED as error:
        problem, given = f"cannot answer ({said(error)})", f"images {list(pixels.shape)}"
        raise CodeError(told, problem, given=given, remedy="mend its forward") from error
    if not isinstance(logits, torch.Tensor):
        problem, given = "answers with no tensor", type(logits).__name__
        raise CodeError(told, problem, given=given, remedy="return logits [images, classes]")
    return logits


def _tiny(config: TrialConfig) -> TrialConfig:
    """Return a trial of a single batch."""
    recipe = replace(
        config.recipe, batch_size=BATCH, train_images=BATCH, valid_images=BATCH, epochs=1
    )
    return replace(config, recipe=recipe)


def trouble_together(
    configs: Sequence[TrialConfig],
    facts: DataFacts,
    padded_arguments: tuple[ParamValue, ...] | None = None,
) -> str | None:
    """Try whether trials in one cohort get the gradients that each gets alone.

    Args:
        configs: of one recipe; of different seeds, or lanes that mix would not be seen.
        facts: of the data set.
        padded_arguments: what every lane is padded to.

    Returns:
        Why not, in a few words; ``None`` if they do.
    """
    images = made_up_images(facts)
    configs = [_tiny(config) for config in configs]
    rows = torch.arange(BATCH).expand(len(configs), BATCH)
    try:
        cohort = Cohort.start(
            configs, dtype=torch.float64, images=images, padded_arguments=padded_arguments
        )
        _take_step(Vmapped(cohort, images), rows)
        for lane, config in enumerate(configs):
            alone = Cohort.start([config], dtype=torch.float64, images=images)
            _take_step(Plain(alone, images), rows[:1])
            shapes = shapes_of(alone.architecture)
            if not _equal(crop(cohort.everything, lane, shapes), crop(alone.everything, 0, shapes)):
                return "a lane beside others differs from it alone"
            if not _rest_is_zero(cohort, lane, shapes):
                return "padding does not stay 0"
    except RAISED as error:  # whatever vmap, or what it is asked to hold, raises
        return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
    return None


def _take_step(rendering: Plain | Vmapped, rows: torch.Tensor) -> None:
    """Go down the gradient itself, which no optimizer's division makes large where it is tiny."""
    if isinstance(rendering, Plain):
        found = gather(rendering.images, rows[0], rendering.dtype)
        gradients, _ = rendering.gradients(*found, 0)
        weights = rendering.weights
    else:
        found = gather(rendering.images, rows, rendering.dtype)
        gradients, _ = rendering.gradients(*found, rendering.steps[:1])
        weights = list(rendering.weights.values())
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            weight -= gradient


def _equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(
        torch.allclose(one[name].double(), other[name].double(), rtol=EXACT, atol=EXACT)
        for name in other
    )


def _rest_is_zero(cohort: Cohort, lane: int, shapes: dict[str, torch.Size]) -> bool:
    """Tell whether a lane's weights outside its true shapes are all 0."""
    for name, shape in shapes.items():
        rest = cohort.weights[name][lane].clone() if name in cohort.weights else None
        if rest is not None:
            rest[tuple(map(slice, shape))] = 0
            if rest.count_nonzero():
                return False
    return True
