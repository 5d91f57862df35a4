"""Text from outside (file names, messages of readers) made safe to show."""

import re


def one_line(text: str) -> str:
    """The text without line breaks and control characters, which would leave their cell."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
