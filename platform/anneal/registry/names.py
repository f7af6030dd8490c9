"""Which model versions can tell names of people, as datasets keep such a choice: they know no models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from anneal.common.errors import AnnealError
from anneal.datasets.services.names import NamesChoice
from anneal.registry.models import ModelVersion
from anneal.registry.selectors import artifact_for_serving

_TASK: Final = "token_classification"


def names_choice(version: ModelVersion, types: Sequence[str]) -> NamesChoice:
    """A version, given with its model, with those of its types that are names.

    Raises AnnealError: 400 for a model of another task or a type that it has not, 409 where there are no weights that open by themselves.
    """
    title = f"{version.model.name} v{version.number}"
    if version.model.task != _TASK:
        raise AnnealError("names_model.wrong_task", param="model_version_id", params={"model": title})
    strange = sorted(set(types) - set(version.labels))
    if strange:
        params = {"model": title, "strange": ", ".join(strange), "known": ", ".join(version.labels) or "-"}
        raise AnnealError("names_model.unknown_types", param="types", params=params)
    artifact = artifact_for_serving(version)
    if artifact is None:
        raise AnnealError("names_model.adapter_only", status=409, param="model_version_id", params={"model": title})
    return NamesChoice(
        model_id=version.model_id, model_version_id=version.id, title=title, types=types, files=artifact.files
    )
