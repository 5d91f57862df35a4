"""The measured part of a model card, in Markdown."""

from pathlib import Path
from typing import Any

from gamnet.datasets import published
from gamnet.errors import CheckpointError
from gamnet.explanation.verdicts import BASELINE, MAP_NAMES, verdict
from gamnet.network.files import ModelInfo
from gamnet.prediction.entry import Entry
from gamnet.prediction.shipped import entry_agreement, entry_properties
from gamnet.prediction.uncertainty import FEWEST

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def read_card(path: Path) -> str:
    """A card's text; raises CheckpointError if it is absent or has no place for figures."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise CheckpointError(
            f"'{path}' is missing or has no place for figures",
            f"Write the card first, with the lines {BEGIN} and {END}",
        )
    return text


def with_figures(card: str, figures: str) -> str:
    """The card's text with new figures between the two marks."""
    before, after = card.split(BEGIN)[0], card.split(END)[1]
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def figures(name: str, entry: Entry, info: ModelInfo) -> str:
    """Everything about a shipped model that was measured: errors, faithfulness, training."""
    return "\n".join(
        [
            *_errors(name, entry),
            "",
            *_faithfulness(name, entry),
            *_uncertainty(entry),
            *_classes(entry),
            f"Network: {info.config.summary}, {entry['n_parameters']:,} parameters.",
            "Training, on a shared two-core machine without GPU:",
            "",
            *_training(info.trained),
            "",
            f"SHA-256 of the weights: `{entry['sha256']}`",
        ]
    )


def _training(trained: dict[str, Any]) -> list[str]:
    """One line per run, the first one first."""
    earlier = _training(trained["before"]) if trained.get("before") else []
    taught = trained.get("guidance")
    aids = f", its attention taught by `{Path(taught['truth']).name}`" if taught else ""
    done = trained.get("epochs_done", trained["epochs"])
    epochs = f"{done}" if done == trained["epochs"] else f"{done} of {trained['epochs']}"
    if trained.get("charge_weight"):
        aids += ", atomic charges learnt beside"
    return [
        *earlier,
        f"- {'then ' if earlier else ''}{epochs} epochs, {trained['steps']:,} steps of "
        f"{trained['batch_size']} structures, {trained['hours']} hours{aids}",
    ]


_WITHHELD = (
    "These estimates do not hold, so they are not shipped: the model's values are shown without an "
    "error to expect, and how far to trust them is 'unknown'."
)


def _uncertainty(entry: Entry) -> list[str]:
    if "uncertainty" not in entry:
        return []
    names = _names(entry)
    rows = [
        f"| {names[pid]} | {found['rank_correlation']:.2f} | {found['coverage']:.1%} | "
        f"{found['expected'][0]:.3g}, {found['actual'][0]:.3g} | "
        f"{found['expected'][-1]:.3g}, {found['actual'][-1]:.3g} | {found['unit']} |"
        for pid, found in entry["uncertainty"].items()
    ]
    return [
        "Error estimates, fitted on the validation split and checked here on the test split: rank "
        "correlation of estimate and error, how many errors stay below the estimate's 90 % bound, "
        "and the expected and the actual mean error of the surest and of the least sure tenth.",
        "",
        "| property | rank correlation | within bound | surest tenth | least sure tenth | unit |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows,
        "",
        *([] if "calibration_sha256" in entry else [_WITHHELD, ""]),
        *_kinds(entry),
    ]


def _kinds(entry: Entry) -> list[str]:
    """Errors and estimates by kinds of molecules, where they were told apart."""
    measured = {
        pid: found["kinds"] for pid, found in entry.get("uncertainty", {}).items()
        if "kinds" in found
    }  # fmt: skip
    if not measured:
        return []
    names, lines = _names(entry), []
    for pid, kinds in measured.items():
        unit = entry["test"]["mae"][pid]["unit"]
        lines += [
            f"| {names[pid]} ({unit}) | {kind} | {int(n):,} | {error:.3g} | {stated:.3g} | "
            f"{error / stated:.2f} | {within:.0%} |"
            for kind, (n, error, stated, within) in kinds.items()
        ]
    return [
        "The same by kinds of test molecules (rarest element, size, rings and multiple bonds): "
        "mean error, mean stated error, their ratio, and how many errors stay below the 90 % "
        f"bound. A kind of which fewer than {FEWEST} molecules were held back has no stated error.",
        "",
        "| property | kind | molecules | error | stated | ratio | within bound |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *lines,
        "",
    ]


def _classes(entry: Entry) -> list[str]:
    """What a value means, and how often that is right."""
    lines = []
    for pid, found in entry.get("classes", {}).items():
        prop = next(p for p in entry_properties(entry) if p.id == pid)
        zero, larger = found["names"]
        lines += [
            f"{prop.name}: from {found['threshold']:.3g} {prop.unit} on a value is taken for that "
            f"of an {larger}, below for that of a {zero}; the limit was chosen on the validation "
            f"split. On the test split {found['accuracy']:.1%} are right: of {found['n'][0]} "
            f"{zero}s {found['missed'][0]:.1%} are taken for {larger}s, of {found['n'][1]} "
            f"{larger}s {found['missed'][1]:.1%} for {zero}s. Between {found['low']:.3g} and "
            f"{found['high']:.3g} {prop.unit} the verdict is 'unsure' ({found['unsure']:.1%}); "
            f"of the others {found['accuracy_sure']:.1%} are right.",
            "",
        ]
    return lines


def _names(entry: Entry) -> dict[str, str]:
    return {prop.id: prop.name for prop in entry_properties(entry)}


def _errors(name: str, entry: Entry) -> list[str]:
    test = entry["test"]
    names = _names(entry)
    paper, papers = published(entry["dataset"])
    rows = []
    for pid, mae in test["mae"].items():
        theirs = [
            f" {values[pid]:.4g} |" if pid in values else " – |" for values in papers.values()
        ]
        rows.append(f"| {names[pid]} | {mae['value']:.4g} |{''.join(theirs)} {mae['unit']} |")
    beside = f"; beside it the figures of {paper}, where each network has one property"
    return [
        f"Mean absolute error on the {test['n']:,} structures of the {test['split']} split, "
        f"from `gamnet evaluate {name}`{beside if papers else ''}:",
        "",
        f"| property | MAE |{''.join(f' {method} |' for method in papers)} unit |",
        f"| --- | --- |{' --- |' * len(papers)} --- |",
        *rows,
        *_parts(entry, names),
    ]


def _parts(entry: Entry, names: dict[str, str]) -> list[str]:
    """Errors on each part of the data set, where it has parts."""
    parts = entry["test"].get("parts", {})
    if not parts:
        return []
    lines = []
    for pid, mae in entry["test"]["mae"].items():
        cells = [
            f"{found[pid]['value']:.4g} ({found[pid]['n']:,})" if pid in found else "–"
            for found in parts.values()
        ]
        lines.append(f"| {names[pid]} | {' | '.join(cells)} | {mae['unit']} |")
    return [
        "",
        "By part of the data set, with the number of structures that know the property:",
        "",
        f"| property | {' | '.join(parts)} | unit |",
        f"| --- |{' --- |' * len(parts)} --- |",
        *lines,
    ]


def _faithfulness(name: str, entry: Entry) -> list[str]:
    truth = entry.get("faithfulness", {}).get("truth")
    if truth is None:
        return ["Agreement of the maps with the real orbitals: not measured for these weights.", ""]
    lines = [
        "Agreement of the per-atom maps with the real orbitals (Löwdin populations, "
        "B3LYP/6-31G*) over the heavy atoms of test molecules: mean Pearson and Spearman "
        "correlation, how often the highest atom is the right one, number of molecules; from "
        f"`gamnet faithfulness {name} --truth pretrained/{name}/{truth} --occlusion`. "
        "Element means are what a map reaches that knows each atom's element only.",
        "",
        "| property | map | Pearson | Spearman | top-1 atom | molecules |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    names, words = _names(entry), []
    for pid, maps in entry_agreement(entry).items():
        for map_name, found in maps.items():
            lines.append(
                f"| {names[pid]} | {MAP_NAMES[map_name]} | {found['pearson']:.3f} | "
                f"{found['spearman']:.3f} | {found['top1']:.1%} | {found['n']} |"
            )
            if map_name != BASELINE:
                words.append(
                    f"- {names[pid]}, {MAP_NAMES[map_name]}: the map {verdict(maps, map_name)}."
                )
    return [*lines, "", *words, ""]
