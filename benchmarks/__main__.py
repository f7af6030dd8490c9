"""`python -m benchmarks`: every benchmark there is, with the same arguments."""

from __future__ import annotations

import sys

from benchmarks import training

if __name__ == "__main__":
    sys.exit(training.main())
