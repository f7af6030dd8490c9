"""HTTP of predictions."""
