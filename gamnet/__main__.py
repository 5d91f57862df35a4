"""`python -m gamnet` is the `gamnet` command."""

from gamnet.cli import main

main(prog_name="gamnet")
