"""The parts of a data set."""

SPLITS = ("train", "validation", "test")
