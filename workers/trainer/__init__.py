"""The fine-tuning engine: one loop, composed of tasks, methods and searches.

It knows the contract and nothing else of this product: no web framework, no queue, no network, no credentials.
`python -m workers.trainer.run spec.json --out DIR` repeats any customer's job on any machine.
"""
