"""The grammar of cif: a file's data blocks, and a block's values by the names of their tags."""

from collections.abc import Iterator
from typing import TextIO

from gemmi import cif

from gamnet.errors import ReadError
from gamnet.structures.formats.common import shorten, to_ascii

# A tag that occurs twice with different values is an error where it decides on the atoms.
_ESSENTIAL = ("_cell_", "_symmetry_", "_space_group_", "_atom_site_")


class Block:
    """The values of one data block, found by tag in lower case and with "_" for ".".

    So the names of CIF 1 (_cell_length_a), of DDLm and of mmCIF (_cell.length_a) are one.
    """

    def __init__(self, block: cif.Block) -> None:
        self.name: str = block.name.strip()
        self.source = block
        self._columns: dict[str, list[str]] = {}
        for item in block:
            if isinstance(item.pair, tuple):
                self._add(item.pair[0], [item.pair[1]])
            elif item.loop is not None:
                width, values = item.loop.width(), item.loop.values
                for k, tag in enumerate(item.loop.tags):
                    self._add(tag, values[k::width])

    def _add(self, tag: str, values: list[str]) -> None:
        key = tag.lower().replace(".", "_")
        if self._columns.setdefault(key, values) != values and key.startswith(_ESSENTIAL):
            raise ReadError(
                f"The cif block '{shorten(self.name)}' has {shorten(tag)} twice",
                "Remove the wrong one",
            )

    def tags(self) -> list[str]:
        return list(self._columns)

    def column(self, *tags: str) -> list[str] | None:
        """Texts of the first of these tags that is there, "" for the unknown; None without it."""
        values = self.raw(*tags)
        return None if values is None else [_text(value) for value in values]

    def raw(self, *tags: str) -> list[str] | None:
        """As `column`, but as in the file: "." for what does not apply, "?" for the unknown."""
        return next((self._columns[tag] for tag in tags if tag in self._columns), None)

    def text(self, *tags: str) -> str:
        """The first value that is known, under the first of these tags that has one; else ""."""
        for tag in tags:
            for value in self._columns.get(tag, []):
                if _text(value):
                    return _text(value)
        return ""


def _text(value: str) -> str:
    # An empty value is a tag without any; the parser leaves that to its caller.
    return "" if not value or cif.is_null(value) else cif.as_string(value).strip()


def number(text: str) -> float:
    """A number, its standard uncertainty cut off; NaN for any other text."""
    return float(cif.as_number(text))


def read_blocks(stream: TextIO) -> Iterator[Block | ReadError]:
    """Yield each data block; one that breaks the grammar does not stop the others."""
    first = ""
    for title, text in _split(stream):
        first = first or text[:20]
        document = cif.Document()
        try:
            document.parse_string(_printable(to_ascii(text)))
            yield from [Block(block) for block in document]
        except ReadError as error:
            yield error
        except (ValueError, RuntimeError) as error:
            yield ReadError(
                f"The cif block '{shorten(title)}' cannot be read ({_reason(error)})",
                "Check quotes, text fields and the number of values in each loop; the file may be "
                "truncated. Lists and triple quotes of CIF 2 are not understood",
            )


def _split(stream: TextIO) -> Iterator[tuple[str, str]]:
    """Title and text of each data block; a text field may hold anything, "data_" too."""
    lines: list[str] = []
    title, in_text = "", False
    for line in stream:
        if line.startswith(";"):
            in_text = not in_text
        elif not in_text and line.lstrip()[:5].lower() == "data_":
            if lines:
                yield title, "".join(lines)
            lines, title = [], line.split()[0][5:]
        if lines or line.lstrip()[:5].lower() == "data_":
            lines.append(line)
    if lines:
        yield title, "".join(lines)


def _printable(text: str) -> str:
    """The text with "?" for every control character, which no cif may have."""
    return text.translate(_CONTROL)


_CONTROL = {code: "?" for code in (*range(9), 11, 12, *range(14, 32), 127)}


def _reason(error: Exception) -> str:
    # "string:2:7(14): unterminated 'string'": the line number is within the block.
    return shorten(str(error).split(": ", 1)[-1], 120)
