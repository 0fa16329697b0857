"""What a study's trials can do, tried before it begins: train at all, and together.

Of every arm a few trials are tried, at the ends of its ranges and with each choice: a network that
cannot be built, or answers with the wrong number of classes, is refused before anything is kept.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

from fashion_bench import code
from fashion_bench.config import ParamValue, TrialConfig
from fashion_bench.data import sets
from fashion_bench.dimensions import Choice, Dimension, Range
from fashion_bench.errors import SpecError
from fashion_bench.execution.local import one_torch_thread
from fashion_bench.parameters import arguments_of, network_parameters
from fashion_bench.plan import ArmPlan, Plan
from fashion_bench.search.layout import Layout

MOST_PROGRAMS = 24  # combinations of choices that are tried together


def refuse_what_cannot_be_trained(plan: Plan) -> None:
    """Try the trials of a study that holds anything of the user's; see ``ability``.

    Raises:
        CodeError: code of the user's does not do what it should.
        SpecError: a number does not go with it.
    """
    if plan.code or plan.recipe.source not in sets.names():
        from fashion_bench.training.ability import refuse_what_cannot_train  # and torch

        for config in samples(plan):
            refuse_what_cannot_train(config, plan.data)
        for arm in plan.arms:
            _refuse_batch_of_one(plan, arm)


def _refuse_batch_of_one(plan: Plan, arm: ArmPlan) -> None:
    """Refuse an epoch whose last batch is a single image, where BatchNorm cannot learn from it."""
    images = plan.recipe.train_images
    alone = [size for size in _batch_sizes(plan, arm) if (images % size or size) == 1]
    if not alone:
        return
    from fashion_bench.training.ability import trouble_with_one_image

    for config in _samples(plan, arm):
        if trouble_with_one_image(config, plan.data):
            break
    else:
        return
    told = code.unpinned(plan.recipe.model)
    if 1 in alone:
        problem = f"leaves {told} one image, which it cannot learn from"
        raise SpecError("batch_size", problem, given=1, remedy="make it 2 or more")
    sizes = {size for each in plan.arms for size in _batch_sizes(plan, each)}
    fewer = next((n for n in range(images - 1, 1, -1) if all(n % size != 1 for size in sizes)), 2)
    raise SpecError(
        "fixed.train_images",
        f"leaves one image for the last batch of {alone[0]}, which {told} cannot learn from",
        given=images,
        remedy=f"make it {fewer}, or change batch_size",
    )


def _batch_sizes(plan: Plan, arm: ArmPlan) -> Sequence[int]:
    """Return every batch size that a trial of an arm can have."""
    dimension = arm.space.get("batch_size")
    if isinstance(dimension, Range):
        if dimension.step is not None:
            return [int(size) for size in dimension.points()]
        return range(int(dimension.low), int(dimension.high) + 1)
    return [int(size) for size in arm.choices("batch_size")] or [plan.recipe.batch_size]


def samples(plan: Plan) -> list[TrialConfig]:
    """Return trials of every arm: the narrowest, the widest, and one with each choice."""
    return list(dict.fromkeys(config for arm in plan.arms for config in _samples(plan, arm)))


def _samples(plan: Plan, arm: ArmPlan) -> Iterator[TrialConfig]:
    return (plan.trial(arm, 0, params).config for params in _corners(arm))


def _corners(arm: ArmPlan) -> Iterator[dict[str, ParamValue]]:
    narrow = {name: _ends(dimension)[0] for name, dimension in arm.space.items()}
    yield narrow
    yield {name: _ends(dimension)[1] for name, dimension in arm.space.items()}
    for name, dimension in arm.space.items():
        if isinstance(dimension, Choice):
            yield from ({**narrow, name: value} for value in dimension.values)


def _ends(dimension: Dimension) -> tuple[ParamValue, ParamValue]:
    """Return the least and the greatest of a dimension, of names the first and the last."""
    if not isinstance(dimension, Choice):
        kind = int if dimension.integer else float
        return kind(dimension.low), kind(dimension.high)
    values = dimension.values
    if any(isinstance(value, str) for value in values):
        return values[0], values[-1]
    return min(values), max(values)


def widest_first(plan: Plan, config: TrialConfig) -> tuple[int, ...]:
    """Return what orders trials by the whole numbers among their networks' arguments."""
    known = network_parameters(plan.recipe.model).items()
    return tuple(
        int(config.arguments[place] if place < len(config.arguments) else one.default or 0)
        for place, (_, one) in enumerate(known)
        if one.decides == "the shapes"
    )


# Together ----------------------------------------------------------------------------------------


def together(plan: Plan, say: Callable[[str], None]) -> Callable[[Layout], Layout]:
    """Return what makes a layout one in which a study's networks can be trained.

    Lanes are padded in those arguments alone in which that is exact, and where a network cannot be
    trained beside others every trial is alone, which is told.

    Args:
        plan: the study.
        say: is told, in a line.
    """

    def fitting(layout: Layout) -> Layout:
        if layout.lanes == 1 and layout.device == "cpu":
            return layout
        alone = replace(layout, lanes=1, padded_widths=())
        if own := next((each for each in plan.optimizers if code.is_reference(each)), None):
            say(f"One trial at a time: {code.unpinned(own)} is an optimizer of its own.")
            return alone
        from fashion_bench.training.ability import trouble_together

        programs = list(islice(_programs(plan), MOST_PROGRAMS))
        with one_torch_thread():
            for narrow, _ in programs:
                twins = narrow, replace(narrow, seed=narrow.seed + 1)
                if trouble := trouble_together(twins, plan.data):
                    told = code.unpinned(plan.recipe.model)
                    say(f"One trial at a time: {told} does not train beside others ({trouble}).")
                    return alone
            return replace(layout, padded_widths=_padded(plan, layout, programs))

    return fitting


def _programs(plan: Plan) -> Iterator[tuple[TrialConfig, TrialConfig]]:
    """Yield the narrowest and the widest trial of every program: of all choices of names."""
    shapes = [
        n for n, p in network_parameters(plan.recipe.model).items() if p.decides == "the shapes"
    ]
    for arm in plan.arms:
        chosen = {
            name: dimension.values
            for name, dimension in arm.space.items()
            if isinstance(dimension, Choice) and name not in shapes
        }
        low = {name: _ends(dimension)[0] for name, dimension in arm.space.items()}
        high = {name: _ends(dimension)[1] for name, dimension in arm.space.items()}
        for values in product(*chosen.values()):
            given = dict(zip(chosen, values, strict=True))
            wide = {name: high[name] for name in shapes if name in high}
            yield (
                plan.trial(arm, 0, {**low, **given}).config,
                plan.trial(arm, 0, {**low, **wide, **given}).config,
            )


def _padded(
    plan: Plan, layout: Layout, programs: list[tuple[TrialConfig, TrialConfig]]
) -> tuple[int | None, ...]:
    """Return the widths to pad to, of the arguments in which that is exact in every program."""
    wanted = layout.padded_widths
    names = list(network_parameters(plan.recipe.model))

    def exact(places: set[int]) -> bool:
        return all(_pads(plan, pair, {names[place] for place in places}) for pair in programs)

    every = {place for place, width in enumerate(wanted) if width is not None}
    good = every if exact(every) else {place for place in every if exact({place})}
    if good != every and not exact(good):
        good = set()
    widths = [width if place in good else None for place, width in enumerate(wanted)]
    while widths and widths[-1] is None:
        widths.pop()
    return tuple(widths)


def _pads(plan: Plan, pair: tuple[TrialConfig, TrialConfig], names: set[str]) -> bool:
    """Tell whether the narrow trial of a pair can be padded to the wide one in these arguments."""
    from fashion_bench.training.ability import trouble_together

    known = network_parameters(plan.recipe.model)
    narrow, wide = (
        {n: p.default for n, p in known.items()} | dict(zip(known, each.arguments, strict=False))
        for each in pair
    )
    widened = arguments_of(
        plan.recipe.model,
        {n: wide[n] if n in names else narrow[n] for n in known},  # type: ignore[misc]
    )
    trials = pair[0], replace(pair[0], arguments=widened, seed=pair[0].seed + 1)
    return trouble_together(trials, plan.data, widened) is None
