"""Where and how a run trains: decided when a study begins, kept when it goes on, and told."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

from fashion_bench.app.abilities import together
from fashion_bench.app.options import RunOptions
from fashion_bench.app.runs_folder import RunsFolder
from fashion_bench.app.standing import is_trained
from fashion_bench.app.workers import Chosen, Trying, choose_device, of_one_model
from fashion_bench.data.sources import Sources
from fashion_bench.devices import SIZES, DeviceKind
from fashion_bench.errors import MachineError, SpecError, StudyError
from fashion_bench.execution.cores import default_workers
from fashion_bench.execution.forkserver import ForkServer
from fashion_bench.execution.gpus import gpu_possible
from fashion_bench.plan import Plan
from fashion_bench.records import StudyRecord
from fashion_bench.search.costs import cheaper_on_a_cpu
from fashion_bench.search.lag import generations_at_once
from fashion_bench.search.layout import (
    Layout,
    choose_layout,
    keep_layout,
    refuse_what_fails,
    tried_with,
    try_engines,
    works,
)


def choose_for(plan: Plan, options: RunOptions) -> Chosen:
    """Return what a study that begins is to be trained on.

    A GPU is not looked for where it would not be done setting up before the CPU has trained all;
    who asks for cohorts or for a precision has one in mind.

    Raises:
        DeviceError: what is asked for is not here.
    """
    asks = (options.device, options.cohort_size, options.precision)
    if asks == ("auto", None, None) and gpu_possible():
        lanes = choose_layout(plan, "cuda", None).lanes
        if cheaper_on_a_cpu(plan, lanes, options.workers or default_workers()):
            why = "the whole study costs less there than a GPU's set-up would"
            return Chosen("cpu", trouble=why)
    return choose_device(options.device)


@dataclass(slots=True, kw_only=True)
class Layouts:
    """Decides the layouts of a study and of its stages, and tells of them.

    Attributes:
        options: of the run.
        runs_folder: where the study is.
        sources: where its images are.
        say: is told, in a line.
        server: what a process that tries is forked from, if it is there.
        chosen: what the study is trained on; of one that goes on no GPU is known before there is
            something to train.
    """

    options: RunOptions
    runs_folder: RunsFolder
    sources: Sources
    say: Callable[[str], None]
    server: ForkServer | None
    chosen: Chosen

    @property
    def gpu(self) -> str | None:
        """The model of the GPU that is trained on, where that is known."""
        return self.chosen.gpus[0].name if self.chosen.gpus else None

    def begin(self, plan: Plan) -> Layout:
        """Decide the layout of a study that begins; on a GPU its engines are tried, the best first.

        Raises:
            SpecError: a CPU cannot compute as it is asked to.
            MachineError: no engine works on the GPU that is asked for.
        """
        self.chosen = of_one_model(self.chosen, None)
        why = [] if self.chosen.trouble is None else [self.chosen.trouble]
        layout = None if self.gpu is None else self._on_a_gpu(plan, why)
        if layout is None:
            if self.options.precision == "tf32":
                problem, remedy = "a CPU computes in float32", "leave it out, or use --device cuda"
                raise SpecError("--precision", problem, given="tf32", remedy=remedy)
            layout = self._drawn(plan, "cpu")
        self.say(layout.sentence(why))
        if line := self._more_cards(plan, layout):
            self.say(line)
        return layout

    def _on_a_gpu(self, plan: Plan, why: list[str]) -> Layout | None:
        """Return a layout that works on the GPU; ``None`` for the CPU; and add why it is no better.

        Raises:
            MachineError: none does, and nothing but a GPU will do.
        """
        with self._trying(plan) as tries:
            layout, dropped = try_engines(plan, self._drawn(plan, "cuda"), tries)
        if layout is not None:
            why += [f"the {each} engine cannot be used ({dropped[each]})" for each in dropped]
            return layout
        told = "; ".join(dict.fromkeys(dropped.values()))
        if self.options.device == "cuda" or self.options.precision == "tf32":
            remedy = "mend that, or use --device cpu"
            raise MachineError(self.gpu, "cannot be used", given=told, remedy=remedy)
        why.append(f"{self.gpu} cannot be used ({told})")
        self.chosen = Chosen("cpu")
        return None

    def keep(self, plan: Plan, begun: Layout) -> Layout:
        """Return the layout that a study or a stage was begun with; see ``keep_layout``."""
        options = self.options
        asked = (options.device, options.cohort_size, options.precision)
        return keep_layout(plan.name, begun, *asked)

    def go_on(self, plan: Plan, begun: Layout, stored: StudyRecord) -> Layout:
        """Return the layout that a study was begun with.

        Where anything is left to train its GPU has to be here, and its engine to work.

        Raises:
            StudyError: that is not so, or something else is asked for than it was begun with.
        """
        layout = self.keep(plan, begun)
        if not self._is_left(plan, stored):
            return layout
        if layout.device == "cuda":
            self.chosen = of_one_model(choose_device("auto"), layout.gpu)
            if self.gpu is None:
                raise StudyError(
                    plan.name,
                    f"was begun on {layout.gpu or 'a GPU'}, and none can be used here",
                    given=self.chosen.trouble,
                    remedy="go on where there is one, or give it another name",
                )
            with self._trying(plan) as tries:
                refuse_what_fails(plan.name, layout, tries)
            why = () if self.chosen.trouble is None else (self.chosen.trouble,)
            self.say(replace(layout, gpu=self.gpu).sentence(why, begun=True))
        elif gpu_possible():
            self.say(layout.sentence(("it was begun there",), begun=True))
        return layout

    def begin_stage(self, plan: Plan, of_study: Layout) -> Layout:
        """Decide the layout of a stage that begins: the study's, but for the lanes of its cohorts.

        Where it might have more of them than the study, that is tried.
        """
        layout = self._drawn(plan, of_study.device)
        if layout.device == "cuda":
            layout = replace(layout, engine=of_study.engine, precision=of_study.precision)
            with self._trying(plan) as tries:
                while layout.lanes > of_study.lanes and not works(tried_with(layout, tries)):
                    layout = layout.halved()
        return layout

    def _drawn(self, plan: Plan, device: DeviceKind) -> Layout:
        """Draw the layout of what begins on a device, but for a GPU's engine."""
        layout = together(plan, self.say)(choose_layout(plan, device, self.options.cohort_size))
        if device == "cpu":
            return layout
        return replace(layout, precision=self.options.precision or "tf32", gpu=self.gpu)

    def _is_left(self, plan: Plan, stored: StudyRecord) -> bool:
        """Tell whether anything is left to train of what a file asks for today."""
        search = replace(stored, plan=plan, planned=plan.planned)
        begun = {one.plan.stage: search if one is stored else one for one in stored.stages}
        return not all(
            stage in begun and is_trained(self.runs_folder, begun[stage]) for stage in plan.stages
        )

    def _more_cards(self, plan: Plan, layout: Layout) -> str | None:
        """Return what to say where a generation has fewer cohorts than there are GPUs."""
        cards = min(len(self.chosen.gpus), self.options.workers or SIZES[-1])
        trials = plan.generation * len(plan.arms)
        cohorts = -(-trials // layout.lanes)
        if cohorts * generations_at_once(plan) >= cards or cards > trials:
            return None
        size = max(size for size in SIZES if -(-trials // size) >= cards)
        many = "one cohort" if cohorts == 1 else f"{cohorts} cohorts"
        use = "both" if cards == 2 else "all"
        told = f"{cards} GPUs, but a generation is {many}"
        return f"{told}: under another name `--cohort-size {size}` would use {use}."

    def _trying(self, plan: Plan) -> closing[Trying]:
        """Return what tries cohorts on the GPU, to be let go with its memory."""
        return closing(Trying(plan, self.sources, self.chosen.gpus[0], self.server))
