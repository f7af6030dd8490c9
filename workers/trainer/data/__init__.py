"""From files of labelled rows to batches of token ids."""
