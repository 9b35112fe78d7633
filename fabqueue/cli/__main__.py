"""`python -m fabqueue.cli` is the command line, for programs that start its parts."""

from fabqueue.cli import main

main(prog_name="fabqueue")
