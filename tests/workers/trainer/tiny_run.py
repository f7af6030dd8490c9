"""`python -m tests.workers.trainer.tiny_run …`: `workers.trainer.run` with the tiny base model of `ANNEAL_MODELS_DIR` in its catalogue."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from tests.workers.trainer.tiny import SLUG, Tiny
from workers.trainer.run import main

if __name__ == "__main__":
    models_dir = Path(os.environ["ANNEAL_MODELS_DIR"])
    weights = (models_dir / SLUG / "model.safetensors").read_bytes()
    Tiny(models_dir, Path(), hashlib.sha256(weights).hexdigest()).register()
    sys.exit(main())
