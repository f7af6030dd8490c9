"""Base models: what they are, what they may be used for, and under which licence. Facts live in `workers.contract.catalogue`."""
