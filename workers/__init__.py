"""What runs beside the web process: the contract, the trainer, the GPU supervisor and the model server."""
