"""The drivers: every file beside this one is one, by the name of the file, and says with `KIND` what it is."""
