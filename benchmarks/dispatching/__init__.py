"""The parts of `benchmarks/dispatch.py`."""
