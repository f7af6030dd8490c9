"""What the executable `anneal` does, without a database and without a server."""
