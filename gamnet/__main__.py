"""`python -m gamnet` is the `gamnet` command."""

from gamnet.commands.main import main

main(prog_name="gamnet")
