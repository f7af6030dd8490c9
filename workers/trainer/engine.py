"""Forward, backward and prediction on whatever device there is, with one replica or several. Knows no task and no method."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from workers.contract.reasons import JobError
from workers.trainer.activations import compute_twice
from workers.trainer.anatomy import num_channels
from workers.trainer.attention import draws_from_modules_alone
from workers.trainer.data.batches import sorted_batches
from workers.trainer.data.encoded import collate
from workers.trainer.environment import local_rank
from workers.trainer.fingerprint import derived_seed
from workers.trainer.kernels import has_bfloat16, linear_kernel, round_products, use_onednn
from workers.trainer.ranks import ALONE, Ranks
from workers.trainer.sharding import shard_layers, spread_like, whole
from workers.trainer.team import Replica, Team
from workers.trainer.unpadded import skip_padding
from workers.vector_maths import settle_vector_maths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workers.trainer.data.encoded import Batch, Encoded, IntArray
    from workers.trainer.model import TaskModel

# Prediction holds no activations; batches of this many tokens keep both cores busy and caches warm.
_TOKENS_PER_PREDICTION_BATCH = 1024
# A share of a batch that is wider than this is worked in parts on a CPU: attention that is written out needs memory that grows with the
# square of the width, and one long text among short ones would widen them all.
_MOST_TOKENS_AT_ONCE = 4096
_MOST_PAIRS_OF_TOKENS_AT_ONCE = 1024 * 1024
# Fewer rows than this per replica and the products become too small to be worth a thread.
_FEWEST_ROWS_PER_REPLICA = 4
_MOST_REPLICAS = 8
# Narrower networks spend their time elsewhere than in products.
_FEWEST_CHANNELS_TO_ROUND = 256


def pick_device() -> torch.device:
    """The GPU of this process, if there is one."""
    return torch.device("cuda", local_rank()) if torch.cuda.is_available() else torch.device("cpu")


def pick_precision(precision: str, device: torch.device, *, width: int) -> Literal["float32", "bfloat16"]:
    """What products are computed in, of a network of `width` channels. Raises JobError `spec:unsupported`."""
    is_possible = has_bfloat16(device)
    if precision == "bfloat16" and not is_possible:
        raise JobError(
            "spec:unsupported",
            "This machine has neither a GPU nor a processor with matrix units that compute in bfloat16; "
            "leave optimisation.precision at auto.",
            field="optimisation.precision",
        )
    if precision == "auto" and device.type == "cpu":
        is_possible = is_possible and width >= _FEWEST_CHANNELS_TO_ROUND
    return "bfloat16" if is_possible and precision != "float32" else "float32"


def pick_replicas(*, device: torch.device, threads: int, batch_size: int) -> int:
    """As many as there are cores, while each still has enough rows; a GPU is one."""
    if device.type != "cpu":
        return 1
    return max(1, min(threads, batch_size // _FEWEST_ROWS_PER_REPLICA, _MOST_REPLICAS))


class Engine:
    """One model, its replicas, and the rows that they are fed."""

    def __init__(
        self,
        model: TaskModel,
        *,
        pad_id: int,
        device: torch.device,
        threads: int,
        batch_size: int,
        may_split: bool = True,
        precision: Literal["auto", "float32", "bfloat16"] = "auto",
        is_checkpointing: bool = False,
        ranks: Ranks = ALONE,
        between_batches: Callable[[], None] = lambda: None,
    ) -> None:
        self.device = device
        self.pad_id = pad_id
        self._threads = threads
        self.linear_kernel = linear_kernel(device)
        # Processes in step must not leave it one by one.
        self._between_batches = (lambda: None) if ranks.is_sharding else between_batches
        self._ranks = ranks
        self.precision = pick_precision(precision, device, width=num_channels(model.body))
        self._may_split = may_split
        may_split = may_split and not ranks.is_sharding and draws_from_modules_alone(model.body.config)
        mine = batch_size // ranks.size
        self.num_replicas = pick_replicas(device=device, threads=threads, batch_size=mine) if may_split else 1
        torch.set_num_threads(max(1, threads // self.num_replicas))
        settle_vector_maths()
        model.to(device)
        if self.linear_kernel == "onednn":
            use_onednn(model)
        self.is_unpadded = skip_padding(model.body, device)
        """Whether training spends nothing on padding, so that rows of any length may come together."""
        if ranks.mesh is not None:
            shard_layers(model.body, ranks.mesh)
        self.team = Team(model, size=self.num_replicas, device=device)
        if is_checkpointing:
            for replica in self.team.replicas:
                compute_twice(replica.model.body, replica.dropout)
        self._round_products(is_on=self.precision == "bfloat16")
        self.team.train(mode=False)

    @contextlib.contextmanager
    def all_threads(self) -> Iterator[None]:
        """For work outside the replicas: torch may use every core for one operation."""
        alone = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            torch.set_num_threads(alone)

    @property
    def model(self) -> TaskModel:
        return self.team.replicas[0].model

    def accumulate(
        self,
        encoded: Encoded,
        pieces: Sequence[IntArray],
        *,
        loss: Callable[[Any, Batch], torch.Tensor],
        units: float,
        position: tuple[int, int],
    ) -> float:
        """Add the gradients of the mean loss over all rows of all pieces; returns that mean. Of several processes each adds its share.

        `loss(model, batch)` is a sum, and `units` what it is divided by (rows, or tokens that carry loss, of all pieces).
        `position` is (seed, step): dropout depends on it and nothing else.
        """
        self.team.train(mode=True)

        def work(replica: Replica, share: tuple[int, IntArray, float]) -> float:
            piece, rows, weight = share
            replica.dropout.reseed(*position, piece, self._ranks.rank + replica.index * self._ranks.size)
            found = 0.0
            for part in self._parts(encoded, rows):
                batch = collate(encoded, part, pad_id=self.pad_id, device=self.device)
                with self._autocast():
                    total = loss(replica.model, batch)
                mean = total.float() * weight / units
                mean.backward()
                found += float(mean.detach())
            return found

        total = 0.0
        for piece, all_rows in enumerate(pieces):
            if self.is_unpadded:  # Each replica of each process gets long and short ones.
                all_rows = all_rows[np.argsort(-encoded.lengths[all_rows], kind="stable")]  # noqa: PLW2901
            rows = all_rows[self._ranks.rank :: self._ranks.size]
            size = len(self.team)
            shares = [(piece, rows[i::size], 1.0) for i in range(size) if len(rows) > i]
            if not shares and self._ranks.is_sharding:  # The others wait for its part of the layers.
                shares = [(piece, all_rows[:1], 0.0)]
            if size == 1:
                # Families that drop out by function draw from the global generator: then that depends on the position as well.
                torch.manual_seed(derived_seed("global", *position, piece))
            total += sum(self.team.each(work, shares))
        self.team.train(mode=False)
        return self._ranks.sum(total, self.device)

    def _parts(self, encoded: Encoded, rows: IntArray) -> list[IntArray]:
        """The rows in groups of similar length that memory bears; one group where all of them together are small, as they mostly are."""
        lengths = encoded.lengths[rows]
        is_whole = not self._may_split or self._ranks.is_sharding
        if self.device.type != "cpu" or is_whole or _fits(len(rows), int(lengths.max())):
            return [rows]
        parts: list[list[int]] = [[]]
        for i in np.argsort(lengths, kind="stable").tolist():
            if parts[-1] and not _fits(len(parts[-1]) + 1, int(lengths[i])):
                parts.append([])
            parts[-1].append(i)
        return [rows[np.sort(part)] for part in parts]

    def tensor(
        self, encoded: Encoded, forward: Callable[[Any, Batch], torch.Tensor], *, is_exact: bool = False
    ) -> torch.Tensor:
        """What `forward(model, batch)` gives, (rows, …) on the CPU in the order of the rows; `is_exact` forbids reduced precision."""
        parts = self._over_all(encoded, lambda model, batch: forward(model, batch).float().cpu(), is_exact=is_exact)
        first = parts[0][1]
        out = torch.empty(len(encoded), *first.shape[1:])
        for rows, part in parts:
            out[torch.from_numpy(rows)] = part
        return out

    def rows(
        self, encoded: Encoded, forward: Callable[[Any, Batch], Sequence[Any]], *, is_exact: bool = False
    ) -> list[Any]:
        """What `forward(model, batch)` gives for each row of the batch, in the order of the rows."""
        out: list[Any] = [None] * len(encoded)
        for rows, part in self._over_all(encoded, forward, is_exact=is_exact):
            for row, item in zip(rows.tolist(), part, strict=True):
                out[row] = item
        return out

    def _over_all(
        self, encoded: Encoded, forward: Callable[[Any, Batch], Any], *, is_exact: bool = False
    ) -> list[tuple[IntArray, Any]]:
        batches = sorted_batches(encoded.lengths, tokens_per_batch=_TOKENS_PER_PREDICTION_BATCH)

        def work(replica: Replica, mine: list[IntArray]) -> list[tuple[IntArray, Any]]:
            results = []
            for rows in mine:
                if replica.index == 0:
                    self._between_batches()
                batch = collate(encoded, rows, pad_id=self.pad_id, device=self.device)
                with self._without_gradients(), contextlib.nullcontext() if is_exact else self._autocast():
                    results.append((rows, forward(replica.model, batch)))
            return results

        size = len(self.team)
        with self._exact_products() if is_exact else contextlib.nullcontext():
            found = self.team.each(work, [batches[i::size] for i in range(size)])
        return [result for results in found for result in results]

    def _without_gradients(self) -> contextlib.AbstractContextManager[object]:
        # Layers that are gathered in inference mode could not be trained afterwards.
        return torch.no_grad() if self._ranks.is_sharding else torch.inference_mode()

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        if self.precision == "bfloat16" and self.device.type == "cuda":
            return torch.autocast("cuda", torch.bfloat16)
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def _exact_products(self) -> Iterator[None]:
        """In float32 for a while, of all replicas on a CPU."""
        self._round_products(is_on=False)
        try:
            yield
        finally:
            self._round_products(is_on=self.precision == "bfloat16")

    def _round_products(self, *, is_on: bool) -> None:
        for replica in self.team.replicas:
            round_products(replica.model.body, is_on=is_on and self.device.type == "cpu")

    def learning(self) -> dict[str, torch.nn.Parameter]:
        """The weights that learn, by name."""
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def weights(self) -> dict[str, torch.Tensor]:
        """Copies of the weights that learn, by name, on the CPU."""
        return {name: whole(p).cpu().clone() for name, p in self.learning().items()}

    def load_weights(self, weights: dict[str, torch.Tensor]) -> None:
        learning = self.learning()
        if learning.keys() != weights.keys():
            raise JobError("platform:internal", "A checkpoint holds other weights than this job trains.")
        with torch.no_grad():
            for name, parameter in learning.items():
                parameter.copy_(spread_like(weights[name], parameter))

    def close(self) -> None:
        self.team.close()


def _fits(count: int, width: int) -> bool:
    return count * width <= _MOST_TOKENS_AT_ONCE and count * width * width <= _MOST_PAIRS_OF_TOKENS_AT_ONCE


def halved(pieces: Sequence[IntArray], halvings: int, *, fewest_rows: int = 1) -> list[IntArray]:
    """Every piece cut into 2**halvings, as the answer to a lack of memory; the sum of gradients stays the same. No part has fewer rows."""
    counts = [max(1, min(2**halvings, len(rows) // fewest_rows)) for rows in pieces]
    return [part for rows, count in zip(pieces, counts, strict=True) for part in np.array_split(rows, count)]


@contextlib.contextmanager
def opened_when_asked(open_engine: Callable[[], Engine]) -> Iterator[Callable[[], Engine]]:
    """Gives an engine that is opened when first asked for, and closed at the end."""
    opened: list[Engine] = []

    def engine() -> Engine:
        if not opened:
            opened.append(open_engine())
        return opened[0]

    try:
        yield engine
    finally:
        for one in opened:
            one.close()
