"""The figures in README.md are those of the shipped models."""

from pathlib import Path

from gamnet.prediction.shipped import available


def test_every_model_is_listed_with_its_test_errors(checkout: Path) -> None:
    text = (checkout / "README.md").read_text()
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| [`")}
    entries = available()
    assert set(rows) == set(entries)
    quoted_of = {
        "organic": ("homo", "lumo", "gap"),
        "mp2018": ("e_form", "gap"),
        "fullerene_md": ("homo", "lumo", "e_def"),
    }
    for name, told in quoted_of.items():
        mae = {pid: found["value"] for pid, found in entries[name]["test"]["mae"].items()}
        quoted = [part.split() for part in rows[name].split("|")[3].split(",")]
        numbers = [
            next(float(w) for w in words if w.replace(".", "").isdigit()) for words in quoted
        ]
        assert len(numbers) == len(told)
        for number, pid in zip(numbers, told, strict=True):
            assert abs(number - mae[pid]) <= 0.5, (name, pid)
    assert f"{entries['qm9']['test']['n']:,} random molecules" in rows["qm9"]
    assert f"{entries['mp2018']['test']['n']} random crystals" in rows["mp2018"]
