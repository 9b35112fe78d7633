"""Dispatch: which machine takes which run, and the protocol that starts each at most once.

Pure rooms: `match`, `forecast`, `decide`. `advance` drives one machine a few steps, `sweep` many. Dispatch
alone talks to machines and owns its transactions: short, and none open while a machine is being asked.
"""
