"""The data sets: one module each, with NAME, RULE, PERIODIC, prepare() and load()."""

from gamnet.datasets import qm9

DATASETS = {qm9.NAME: qm9}
