"""One text, one of at least two labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from workers.contract.events import Warned
from workers.contract.reasons import JobError
from workers.trainer.data.read import LabelledRows, read_rows
from workers.trainer.data.splits import SHARE, hold_out
from workers.trainer.evaluate.metrics import accuracy, macro_f1

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from workers.contract.spec import ClassificationTask, JobSpec


@dataclass(frozen=True)
class LabelledData:
    """`held_out` are the rows that results are reported on: the test split, else the validation split itself."""

    labels: tuple[str, ...]
    train: LabelledRows
    validation: LabelledRows
    held_out: LabelledRows
    held_out_split: Literal["validation", "test"]

    def targets(self, rows: LabelledRows) -> torch.Tensor:
        number = {label: i for i, label in enumerate(self.labels)}
        return torch.tensor([number[label] for label in rows.labels])


class Classification:
    def __init__(self, spec: ClassificationTask) -> None:
        self.spec = spec

    def read(self, spec: JobSpec, data_dir: Path) -> tuple[LabelledData, list[Warned]]:
        files = {"train": spec.data.train, "validation": spec.data.validation, "test": spec.data.test}
        splits = {
            split: read_rows(
                data_dir / name,
                split=split,
                text_column=self.spec.text_column,
                label_column=self.spec.label_column,
            )
            for split, name in files.items()
            if name is not None
        }
        warnings = [_left_out(rows) for rows in splits.values() if rows.empty_rows]
        train = splits["train"]
        labels = tuple(sorted(set(train.labels)))
        if len(labels) < 2:  # noqa: PLR2004 - choosing needs two
            raise JobError(
                "data:single_class",
                f"Every row of {train.file} has the label {labels[0]!r}; a classifier needs at least two labels.",
                file=train.file,
                label=labels[0],
            )
        for split in ("validation", "test"):
            if split in splits:
                _refuse_unseen_labels(splits[split], labels)
        if "validation" not in splits:
            train, splits["validation"] = hold_out(train, seed=spec.seed)
            if not len(splits["validation"]):
                raise JobError(
                    "data:empty",
                    f"{train.file} has a single row per label, so no validation rows can be split off; "
                    "add rows or a validation file.",
                    file=train.file,
                )
            warnings.append(_split_off(splits["validation"]))
        return (
            LabelledData(
                labels=labels,
                train=train,
                validation=splits["validation"],
                held_out=splits.get("test", splits["validation"]),
                held_out_split="test" if "test" in splits else "validation",
            ),
            warnings,
        )

    def loss(self, logits: torch.Tensor, targets: torch.Tensor, *, label_smoothing: float) -> torch.Tensor:
        return functional.cross_entropy(logits, targets, reduction="sum", label_smoothing=label_smoothing)

    def metrics(self, logits: torch.Tensor, targets: torch.Tensor) -> dict[str, float]:
        predicted = logits.argmax(-1).numpy()
        true = targets.numpy()
        return {
            "loss": float(functional.cross_entropy(logits.double(), targets)),
            "accuracy": accuracy(true, predicted),
            "macro_f1": macro_f1(true, predicted, num_labels=logits.shape[-1]),
        }


def _refuse_unseen_labels(rows: LabelledRows, labels: tuple[str, ...]) -> None:
    known = set(labels)
    for row, label in zip(rows.rows, rows.labels, strict=True):
        if label not in known:
            raise JobError(
                "data:unseen_label",
                f"Row {row} of {rows.file} has the label {label!r}, which no training row has; "
                "correct it or add training rows for it.",
                file=rows.file,
                row=row,
                label=label,
                split=rows.split,
            )


def _left_out(rows: LabelledRows) -> Warned:
    return Warned(
        code="data:empty_text",
        message=f"{len(rows.empty_rows)} rows of {rows.file} have no text and were left out; the first is row "
        f"{rows.empty_rows[0]}.",
        params={"file": rows.file, "count": len(rows.empty_rows), "row": rows.empty_rows[0]},
    )


def _split_off(rows: LabelledRows) -> Warned:
    return Warned(
        code="data:validation_split_off",
        message=f"There is no validation file, so {len(rows)} of the training rows ({SHARE:.0%} of every label) were "
        "set aside for validation.",
        params={"count": len(rows), "file": rows.file},
    )
