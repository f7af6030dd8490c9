"""Activations that are computed again in the backward pass instead of being kept (Chen et al. 2016, arXiv:1604.06174).

The second pass must drop what the first has dropped. Dropout draws from its replica's own stream, which torch knows nothing of, so the
stream is put back to where the layer began while the layer is computed again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workers.trainer.dropout import DropoutStream


def compute_twice(body: Any, stream: DropoutStream) -> None:
    """Let every layer of a body of transformers forget its activations. Families that cannot are left as they are."""
    if not body.supports_gradient_checkpointing:
        return

    def contexts() -> tuple[contextlib.AbstractContextManager[None], contextlib.AbstractContextManager[None]]:
        began = stream.state()
        return contextlib.nullcontext(), _put_back(stream, began)

    body.activation_checkpointing_enable({"use_reentrant": False, "context_fn": contexts})


@contextlib.contextmanager
def _put_back(stream: DropoutStream, began: Any) -> Iterator[None]:
    now = stream.state()
    stream.load_state(began)
    try:
        yield
    finally:
        stream.load_state(now)
