"""The drill: a real lab under real faults, counted by what the printers say. See `python -m drill --help`."""
