"""How fast the layer of the course is beside others: `python -m benchmarks --help`."""
