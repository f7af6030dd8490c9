"""Answers of models: the gateway from an authorised request to the model server. Keeps nothing of the texts."""
