"""How Anneal is run: on one machine (`deploy.local`) and on a server (images, compose)."""
