"""Which weights learn. A new method is one file here and one line in the table; files that begin with `_` are shared by several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workers.trainer.methods._method import Method
from workers.trainer.methods.adalora import AdaptiveLowRankAdaptation
from workers.trainer.methods.adapter import BottleneckAdapters
from workers.trainer.methods.bitfit import BiasTuning
from workers.trainer.methods.full import FullTraining
from workers.trainer.methods.ia3 import LearntFactors
from workers.trainer.methods.last_layers import LastLayers
from workers.trainer.methods.lora import build_lora
from workers.trainer.methods.p_tuning import PTuning
from workers.trainer.methods.prefix import PrefixTuning
from workers.trainer.methods.prompt import PromptTuning

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS: dict[str, Callable[[Any], Method]] = {
    "full": FullTraining,
    "lora": build_lora,
    "adalora": AdaptiveLowRankAdaptation,
    "adapter": BottleneckAdapters,
    "prefix": PrefixTuning,
    "prompt": PromptTuning,
    "p_tuning": PTuning,
    "ia3": LearntFactors,
    "bitfit": BiasTuning,
    "last_layers": LastLayers,
}


def build_method(spec: Any) -> Method:
    return METHODS[spec.type](spec)
