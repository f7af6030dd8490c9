"""What makes two runs comparable bit for bit: the facts of the environment, and the seeds of everything random.

Nothing here draws from a global random state after the start: data order, dropout and initial values are each a pure
function of the job's seed and a position, so there is no random state to save and none to lose.
"""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from workers.contract.events import Scalar

# Besides torch: what makes the network, the method's parts, the tokens and the order of the rows.
_LIBRARIES = ("transformers", "peft", "tokenizers", "numpy")


def environment_fingerprint(
    *, device: str, threads: int, replicas: int, linear_kernel: str, precision: str, is_sharded: bool = False
) -> dict[str, Scalar]:
    """Everything that may change the last bit of a result; equal fingerprints promise equal weights."""
    facts: dict[str, Scalar] = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        **{name: version(name) for name in _LIBRARIES},
        "machine": platform.machine(),
        "processor": _processor(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "device": device,
        "threads": threads,
        "replicas": replicas,
        "linear_kernel": linear_kernel,
        "precision": precision,
        "image": os.environ.get("ANNEAL_IMAGE_DIGEST"),
    }
    if is_sharded:
        facts["sharded"] = True
    if device == "cuda":
        facts["gpu"] = torch.cuda.get_device_name()
        facts["cuda"] = torch.version.cuda
    return facts


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a kernel file, not a path of ours
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    except OSError:
        return platform.processor() or "unknown"


def derived_seed(*parts: int | str) -> int:
    """A 63-bit seed that depends on every part: `derived_seed(seed, "dropout", step, replica)`."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def seed_everything(seed: int) -> None:
    """Pin the global generator (initial values of heads and adapters) and refuse unrepeatable kernels."""
    torch.manual_seed(derived_seed(seed, "initial values"))
    torch.use_deterministic_algorithms(mode=True)
