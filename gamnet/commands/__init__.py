"""The sub-commands of `gamnet`, one module each."""
