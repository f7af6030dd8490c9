"""The event file of curves, byte for byte as TensorBoard's own writer makes it."""

from __future__ import annotations

from workers.contract.tfevents import event_file

# Written by the record writer of tensorboardX 2.6.5 from the points below.
EXPECTED = bytes.fromhex(
    "0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129"
    "200000000000000029eda95009000000000000f03f10012a130a110a0a747261696e2f6c6f7373150000003fd0b91295"
    "2a00000000000000ae8d91f5090000000000c0724010ac022a1c0a1a0a1376616c69646174696f6e2f616363757261637915cdcc6c3fcf0427b2"
    "2400000000000000422b804d0900000000000000421080808080202a130a110a0a747261696e2f6c6f73731595bfd633648ed049"
)
POINTS = [("train/loss", 1, 0.5), ("validation/accuracy", 300, 0.925), ("train/loss", 2**33, 1e-7)]


def test_bytes_are_those_of_tensorboards_writer() -> None:
    assert b"".join(event_file(POINTS)) == EXPECTED
