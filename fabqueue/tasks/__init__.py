"""Background work: short, idempotent tasks that are woken through Valkey or Redis and found from the database alone.

`queue` wakes, `work` performs, `workers` runs the processes that do, `ticker` finds what is due and needs no queue.
"""
