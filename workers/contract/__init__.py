"""What the platform and its workers agree on: specs, events, states, reasons, results.

Standard library and pydantic only, so that either side can import it without pulling in the other.
"""
