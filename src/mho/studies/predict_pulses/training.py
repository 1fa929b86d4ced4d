"""The networks that are compared: the paper's, their losses one by one, and ours."""

from dataclasses import dataclass, field

from mho.core.check import argument_error
from mho.programming.predictor import (
    PAPER_FINE_TUNING,
    PAPER_TRAINING,
    Criterion,
    Encoding,
    LogarithmicTime,
    Looks,
    RelativeConductance,
    RelativeTime,
    SignedTime,
    SquaredConductance,
    SquaredTime,
    Stage,
)
from mho.programming.predictor.predictor import TRAINING


@dataclass(frozen=True, kw_only=True)
class Training:
    """How one network is trained.

    Args:
        encoding: What the network sees and says.
        stages: Training, in order.
        looks: What it learns from in place of histories, if given; tests are on histories.
    """

    encoding: Encoding = field(default_factory=LogarithmicTime)
    stages: tuple[Stage, ...] = TRAINING
    looks: Looks | None = None

    def __post_init__(self) -> None:
        if not self.stages:
            raise argument_error("stages", "hold at least one", "is empty")


def _alone(loss: Criterion) -> Training:
    return Training(stages=(Stage(loss=loss, final_learning_rate=1e-4),))


def _published(*stages: Stage) -> Training:
    return Training(encoding=SignedTime(), stages=stages)


NETWORKS = {
    "saved_by_t": _published(Stage(loss=SquaredTime(), keep=RelativeTime())),
    "saved_by_g": _published(*PAPER_TRAINING),
    "fine_tuned": _published(*PAPER_TRAINING, Stage(loss=SquaredConductance(), learning_rate=1e-4)),
    "fine_tuned_smoothed": _published(*PAPER_TRAINING, *PAPER_FINE_TUNING),
    "loss_t": _alone(SquaredTime()),
    "loss_g": _alone(SquaredConductance(secant=0.3)),
    "loss_rpd": _alone(RelativeConductance(secant=0.3)),
    "ours": Training(looks=Looks()),
}
"""The paper's four, three that differ in nothing but their loss, and `PulsePredictor`'s own."""
