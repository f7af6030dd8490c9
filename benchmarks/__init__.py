"""The speed claims of the README: each one command, each a ratio measured in one run."""
