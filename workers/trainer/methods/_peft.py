"""What the methods share that peft brings: quiet calls, its files, and parts that are put into matrices of the body."""

from __future__ import annotations

import contextlib
import copy
import warnings
from typing import TYPE_CHECKING, Any, ClassVar

import peft
from peft.tuners.tuners_utils import BaseTunerLayer

from workers.contract.reasons import JobError
from workers.trainer.methods._method import Method, plain_weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch

    from workers.trainer.export import Deliverable
    from workers.trainer.model import TaskModel

ADAPTER = "default"
# What peft calls the tasks of networks; others are opened as they are.
_TASK_TYPES = {
    "AutoModelForSequenceClassification": peft.TaskType.SEQ_CLS,
    "AutoModelForTokenClassification": peft.TaskType.TOKEN_CLS,
    "AutoModelForQuestionAnswering": peft.TaskType.QUESTION_ANS,
    "AutoModelForCausalLM": peft.TaskType.CAUSAL_LM,
    "AutoModelForSeq2SeqLM": peft.TaskType.SEQ_2_SEQ_LM,
}


@contextlib.contextmanager
def quiet_peft() -> Iterator[None]:
    """Without warnings that say nothing to anybody here."""
    with warnings.catch_warnings():
        # peft still asks for a property that transformers renamed.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated")
        # It looks for the base model's public name on the disk, to see whether the vocabulary grew. It did not.
        warnings.filterwarnings("ignore", message="Could not find a config file")
        yield


def wrapped(deliverable: Deliverable, config: Any) -> Any:
    """The untouched network as a model of peft, for an adapter to be filled in and saved."""
    config.task_type = _TASK_TYPES.get(deliverable.auto_class)
    config.modules_to_save = list(deliverable.new_modules) or None
    with quiet_peft():
        return peft.get_peft_model(deliverable.untouched(), config)


def save(folder: Path, model: Any, deliverable: Deliverable) -> None:
    """The adapter's folder, as plain peft opens it."""
    config = model.peft_config[ADAPTER]
    # peft writes down where the base model lay on this machine; its public name is what others can use.
    config.base_model_name_or_path = deliverable.base_name
    config.inference_mode = True  # Also: peft takes vectors of prompts as they are, not through their network.
    with quiet_peft():
        model.save_pretrained(str(folder), safe_serialization=True)


class PeftMethod(Method):
    """A method whose adapter is in peft's own format."""

    def open_adapter(self, folder: Path, deliverable: Deliverable) -> Any:
        with quiet_peft():
            return peft.PeftModel.from_pretrained(self.base_of(deliverable), folder).eval()

    def base_of(self, deliverable: Deliverable) -> Any:
        """The network that the adapter is put on, as `opening_lines` opens it."""
        return deliverable.untouched()

    def opening_lines(self, deliverable: Deliverable) -> str:
        """How a reader opens that network."""
        return deliverable.opening_lines()

    def opening_code(self, deliverable: Deliverable) -> str:
        return (
            "from peft import PeftModel\n"
            f"from transformers import {deliverable.auto_class}, AutoTokenizer\n\n"
            f"{self.opening_lines(deliverable)}\n"
            'model = PeftModel.from_pretrained(base, "path/to/this/folder")'
        )


class InjectedMethod(PeftMethod):
    """Parts of peft in the place of matrices of the body; they can be merged into the matrices afterwards."""

    marker: ClassVar[str]
    """What the names of learnt weights contain."""

    def __init__(self, spec: Any) -> None:
        super().__init__(spec)
        self.targets: list[str] = []

    def choose(self, body: Any) -> list[str]:
        """Full names of the matrices that are changed, so that nothing outside of the body is met by accident."""
        raise NotImplementedError

    def config(self, prefix: str = "") -> peft.PeftConfig:
        """`prefix` is what the body's names begin with where the adapter is put."""
        raise NotImplementedError

    def prepare(self, model: TaskModel) -> None:
        body = model.body
        body.requires_grad_(requires_grad=False)
        self.targets = self.choose(body)
        peft.inject_adapter_in_model(self.config(), body, adapter_name=ADAPTER)

    def merged(self, body: Any) -> dict[str, torch.Tensor] | None:
        merged = copy.deepcopy(body)
        for name, part in list(merged.named_modules()):
            if isinstance(part, BaseTunerLayer):
                part.merge()
                merged.set_submodule(name, part.get_base_layer())
        return plain_weights(merged)

    def save_adapter(self, folder: Path, body: Any, deliverable: Deliverable) -> bool:
        model = wrapped(deliverable, self.config(deliverable.body_prefix))
        self.fill(model, body, deliverable)
        save(folder, model, deliverable)
        return True

    def fill(self, model: Any, body: Any, deliverable: Deliverable) -> None:
        """Copy what was learnt into a model of peft."""
        learnt = {
            f"base_model.model.{deliverable.body_prefix}{name}": parameter.detach().cpu()
            for name, parameter in body.named_parameters()
            if self.marker in name
        }
        _, unexpected = model.load_state_dict(learnt, strict=False)
        if unexpected:
            raise JobError("training:parity", f"The adapter holds weights that peft does not know: {unexpected[:3]}.")
