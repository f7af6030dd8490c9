"""Writes of the model that the doctor tells names of people by. What it is comes from above: this app knows no models, only their files."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from anneal.datasets.models import Dataset
from anneal.datasets.services.doctor import diagnosis_ask_again
from anneal.tenants.actor import Actor
from anneal.tenants.services import audit_write


@dataclass(frozen=True)
class NamesChoice:
    """A version of a model of the same tenant, and which of its types of spans are names."""

    model_id: uuid.UUID
    model_version_id: uuid.UUID
    title: str
    types: Sequence[str]
    files: Sequence[Mapping[str, Any]]
    """`{"name", "key", "sha256", "size_bytes"}`."""

    def as_json(self) -> dict[str, Any]:
        ids = {"model_id": str(self.model_id), "model_version_id": str(self.model_version_id)}
        return {**asdict(self), **ids, "types": sorted(set(self.types)), "files": list(self.files), "is_gone": False}


def names_model_choose(*, actor: Actor, dataset: Dataset, choice: NamesChoice) -> None:
    """Have names told by a model, in the newest version at once and in all later ones. The same choice again changes nothing."""
    chosen = choice.as_json()
    if _write(dataset, chosen):
        audit_write(
            actor=actor,
            action="dataset.names_model_chosen",
            target=str(dataset.id),
            model=chosen["title"],
            model_version_id=chosen["model_version_id"],
            types=chosen["types"],
        )


def names_model_remove(*, actor: Actor, dataset: Dataset) -> None:
    """Have names told by no model any more."""
    if _write(dataset, None):
        audit_write(actor=actor, action="dataset.names_model_removed", target=str(dataset.id))


def _write(dataset: Dataset, chosen: Mapping[str, Any] | None) -> bool:
    """Whether that changed anything."""
    locked = Dataset.objects.select_for_update().get(id=dataset.id)
    if locked.names_model == chosen:
        return False
    Dataset.objects.filter(id=dataset.id).update(names_model=chosen)
    diagnosis_ask_again(dataset.id)
    return True


def names_models_mark(model_id: uuid.UUID, *, is_gone: bool) -> None:
    """Note at all datasets of the tenant that a model was deleted, or is back. What the doctor has found stays until it looks again."""
    datasets: Any = Dataset.objects.select_for_update().filter(names_model__model_id=str(model_id))
    for dataset in datasets.only("id", "names_model").order_by("id"):
        Dataset.objects.filter(id=dataset.id).update(names_model={**dataset.names_model, "is_gone": is_gone})
