"""The database's schema through time. `runner` brings a database to the newest one."""
