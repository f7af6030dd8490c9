"""The Celery side of training: a thin supervisor for each slot. It claims, stages, spawns, relays and obeys; it never imports torch."""
