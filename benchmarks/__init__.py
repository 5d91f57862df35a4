"""Speed and accuracy against the reference implementation, each one command."""
