"""Colours can be told from what they lie on: WCAG's contrast, 4.5 for text and 3 for graphics."""

import tomllib
from pathlib import Path

import pytest

from gamnet.views.palettes import SKELETAL


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (byte / 255 for byte in bytes.fromhex(colour[1:]))
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, checkout: Path) -> dict[str, str]:
    config = tomllib.loads((checkout / "app" / ".streamlit" / "config.toml").read_text())
    return config["theme"][request.param]


def test_the_measure_is_the_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_text_can_be_read_on_the_page_and_on_buttons(theme: dict[str, str]) -> None:
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(theme["textColor"], theme[ground]) > 7
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5  # of a filled button
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3


def test_drawings_are_seen_in_either_theme(theme: dict[str, str]) -> None:
    for colour in SKELETAL.values():
        assert contrast(colour, theme["backgroundColor"]) >= 3
