"""Samplers: what proposes the trials of an arm. TPE, random, QMC, GP, grid, with their options."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from fashion_bench.plan import SamplerPlan
from fashion_bench.search.table import Count, Flag, Table

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


class Sampler(Table):
    """A sampler; its fields are the options that ``[search]`` may give it.

    This one draws every value independently. It serves grids and lists, too, whose every value is
    enqueued.
    """

    def build(self, seed: int, *, grouped: bool = False) -> "BaseSampler":
        """Return Optuna's sampler, all of whose draws derive from the seed.

        Args:
            seed: of its draws.
            grouped: whether trials differ in which parameters they use.
        """
        from optuna.samplers import RandomSampler  # a file is checked without it

        return RandomSampler(seed=seed)


class TPE(Sampler):
    """The tree-structured Parzen estimator (Bergstra et al. 2011)."""

    startup: Count = 8
    """Trials drawn at random before the sampler learns from them."""
    candidates: Count = 24
    """Points it weighs for each trial it proposes."""

    def build(self, seed: int, *, grouped: bool = False) -> "BaseSampler":
        """See ``Sampler``."""
        from optuna.samplers import TPESampler

        # Parameters that are used together make a group, which is learned from the trials with it.
        startup, candidates = self.startup, self.candidates
        return TPESampler(
            n_startup_trials=startup, n_ei_candidates=candidates, seed=seed, group=grouped
        )


class QMC(Sampler):
    """A quasi-random sequence of evenly spread points."""

    sequence: Literal["sobol", "halton"] = "sobol"
    """Which sequence of evenly spread points."""
    scramble: Flag = True
    """Shift the points by the study's seed."""

    def build(self, seed: int, *, grouped: bool = False) -> "BaseSampler":
        """See ``Sampler``."""
        from optuna.samplers import QMCSampler

        kind, scramble = self.sequence, self.scramble
        return QMCSampler(
            qmc_type=kind, scramble=scramble, seed=seed, warn_independent_sampling=False
        )


class GP(Sampler):
    """Bayesian optimisation with a Gaussian process."""

    startup: Count = 8
    """Trials drawn at random before the sampler learns from them."""

    def build(self, seed: int, *, grouped: bool = False) -> "BaseSampler":
        """See ``Sampler``."""
        from optuna.samplers import GPSampler

        return GPSampler(n_startup_trials=self.startup, seed=seed)


class Grid(Sampler):
    """Every combination of the listed values."""

    repeats: Count = 1
    """How often every combination is trained, each time with other seeds."""


SAMPLERS: Mapping[str, type[Sampler]] = MappingProxyType(
    {"tpe": TPE, "random": Sampler, "qmc": QMC, "gp": GP, "grid": Grid}
)


def optuna_sampler(plan: SamplerPlan, seed: int, *, grouped: bool = False) -> "BaseSampler":
    """Return Optuna's sampler of a plan; see ``Sampler.build``."""
    return SAMPLERS.get(plan.name, Sampler)(**plan.options).build(seed, grouped=grouped)
