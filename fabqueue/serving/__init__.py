"""`fabqueue serve`: everything on one machine as supervised processes, each restarted when it dies.

`folder` prepares the place, `valkey` finds the queue server, `programs` says what runs, `keeper` is supervisord with
our small changes, `leash` ends a program when its keeper is gone, `web` is the web server.
"""
