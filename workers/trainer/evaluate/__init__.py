"""Honest figures: the tuned model and simpler answers on the same held-out rows, with their uncertainty."""
