"""A file in, a report out: no database, no web. Everybody else calls `sandbox.run`."""
