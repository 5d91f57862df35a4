"""Figures of the paper, to stand beside ours: one network per property, the same QM9 split."""

PAPER = "npj Comput. Mater. 9, 215 (2023)"

# Test MAE in each property's display unit.
PUBLISHED: dict[str, dict[str, float]] = {
    "SCANN": {"homo": 41.0, "lumo": 37.0, "gap": 61.0, "alpha": 0.141, "cv": 0.050},
    "SCANN+": {"homo": 32.0, "lumo": 31.0, "gap": 52.0, "alpha": 0.115, "cv": 0.041},
}
DATASET = "qm9"
