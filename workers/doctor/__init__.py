"""The data doctor: what is wrong with a dataset version before anybody pays for training on it. Knows no platform and no network."""
