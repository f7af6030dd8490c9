"""Container images of the server: what goes into each."""
