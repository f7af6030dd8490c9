"""Recorded runs, sent to where a customer keeps experiments. Reads what is written already, so that no run waits for it or fails by it.

Knows the contract only: no torch, and nothing of the platform. Keys are read from the environment and are neither kept nor shown.
"""
