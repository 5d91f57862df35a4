"""Damaged inputs for the readers: bytes and words of good files, changed at random.

Input k of a seed is the same on every machine and in every order.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "tests" / "data"
# Files of formats that `gamnet.read` does not read by themselves: lists, and texts about others.
_LISTS = (".md", ".csv", ".txt", ".npz", ".safetensors")
_MAX_BYTES = 200_000

# What a number, a name or a keyword may be replaced by.
_WORDS = [
    b"nan", b"inf", b"-inf", b"1e400", b"1e-400", b"-1", b"0", b"99999999999", b"1" * 400,
    b"1.0D0", b".", b"?", b"", b"'", b'"', b";", b"#", b"\xff\xfe", b"\0", b"\xc2\xb2",
    b"\xd9\xa3", b"X", b"D", b"T", b"Q", b"Zz", b"Og", b"Uue", b"H", b"C60", b"loop_", b"data_",
    b"save_", b"_atom_site_label", b"$$$$", b"M  END", b"MODEL", b"ENDMDL", b"TER", b"HETATM",
    b"@<TRIPOS>ATOM", b"V3000", b"Direct", b"Cartesian", b"Selective", b'pbc="T F T"',
    b'Lattice="1 2 3"', b"1_0", b"0x10", b"True", b"null", b"{}", b"[]", b"1,5", b"1/3",
    b"0.5(2)", b"-0.0", b"1e6", b"1e5", b"9" * 20,
]  # fmt: skip


@dataclass(frozen=True)
class Input:
    """Bytes to read, under which name, and of which file they were made."""

    name: str
    content: bytes
    seed_file: str


def seed_files(folder: Path = SEEDS) -> list[Path]:
    """The good files, each of a format that is read, in one order everywhere."""
    paths = [*folder.iterdir(), *(folder / "cases").iterdir()]
    return sorted(path for path in paths if path.is_file() and path.suffix not in _LISTS)


def make_input(seed: int, k: int, files: list[Path]) -> Input:
    rng = random.Random(f"{seed}-{k}")
    path = rng.choice(files)
    content = path.read_bytes()
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        change = rng.choice(_CHANGES)
        content = change(rng, content) if change is not _splice else _splice(rng, content, files)
    return Input(path.name, content[:_MAX_BYTES], path.name)


def _flip(rng: random.Random, content: bytes) -> bytes:
    damaged = bytearray(content or b"x")
    for _ in range(rng.choice((1, 1, 2, 8))):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return bytes(damaged)


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _without(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.choice((1, 2, 10, 100)) :]


def _doubled(rng: random.Random, content: bytes) -> bytes:
    start = rng.randrange(len(content) + 1)
    stop = start + rng.choice((1, 10, 100, 1000))
    return content[:stop] + content[start:]


def _splice(rng: random.Random, content: bytes, files: list[Path]) -> bytes:
    other = rng.choice(files).read_bytes()
    place, start = rng.randrange(len(content) + 1), rng.randrange(len(other) + 1)
    return content[:place] + other[start : start + rng.choice((20, 200, 2000))] + content[place:]


def _word(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    k = rng.randrange(len(lines))
    words = lines[k].split(b" ")
    words[rng.randrange(len(words))] = rng.choice(_WORDS)
    lines[k] = b" ".join(words)
    return b"\n".join(lines)


def _words_of_others(rng: random.Random, content: bytes) -> bytes:
    """One word put in the place of another of the same file."""
    words = content.split()
    if not words:
        return content
    old, new = rng.choice(words), rng.choice(words)
    places = content.count(old)
    parts = content.split(old)
    k = rng.randrange(places)
    return old.join(parts[: k + 1]) + new + old.join(parts[k + 1 :])


def _digit(rng: random.Random, content: bytes) -> bytes:
    places = [k for k, byte in enumerate(content) if 48 <= byte <= 57]
    if not places:
        return content
    damaged = bytearray(content)
    damaged[rng.choice(places)] = rng.choice(b"0123456789.-eE+")
    return bytes(damaged)


def _lines(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    k, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        del lines[k]
    elif kind == 1:
        lines.insert(k, lines[other])
    elif kind == 2:
        lines[k], lines[other] = lines[other], lines[k]
    elif kind == 3:
        lines[k:k] = [lines[other]] * rng.choice((10, 100, 500))
    else:
        lines[k] = rng.choice(
            (lines[k].upper(), lines[k].lower(), lines[k].strip(), b" " + lines[k])
        )
    return b"\n".join(lines)


def _ends(rng: random.Random, content: bytes) -> bytes:
    return rng.choice((
        content.replace(b"\n", b"\r\n"), content.replace(b"\n", b"\r"), b"\xef\xbb\xbf" + content,
        b"\n" * 50 + content, content + content, content.replace(b" ", b"\t"),
        content.decode("latin-1").encode("utf-16"),
    ))  # fmt: skip


_CHANGES: list[Callable[..., bytes]] = [
    _flip, _flip, _cut, _without, _doubled, _splice, _word, _word, _word, _words_of_others,
    _words_of_others, _digit, _digit, _lines, _lines, _ends,
]  # fmt: skip
