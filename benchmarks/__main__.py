"""`python -m benchmarks`: the training benchmarks that need nothing but `requirements-dev.txt`, with the same arguments."""

from __future__ import annotations

import sys

from benchmarks import steps, training

if __name__ == "__main__":
    sys.exit(steps.main() or training.main())
