"""Colours and scales, by what they must mean; the notebook's view by what is in its page."""

import colorsys
import json
import re

import numpy as np
import pytest
from plotly.colors import sample_colorscale
from records import PROPERTIES

from gamnet.errors import UnknownPropertyError
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.structures.structure import make_structure
from gamnet.views import colours as views
from gamnet.views.colours import CONTRIBUTIONS, GA_SCORES
from gamnet.views.palettes import DIVERGING, SEQUENTIAL
from gamnet.views.scene import make_scene

HOMO = PROPERTIES["homo"]


def predicted(scores, contributions=None, prop=HOMO) -> PropertyPrediction:
    total = 0.0 if contributions is None else float(np.sum(contributions))
    given = None if contributions is None else np.array(contributions, dtype=float)
    return PropertyPrediction(prop, -6.0 + total, -6.0, np.array(scores, dtype=float), given)


def prediction(scores=(0.5, 0.3, 0.2), contributions=(-0.3, 0.1, 0.0)) -> Prediction:
    structure = make_structure([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], source="w")
    return Prediction("w", 0, "qm9", structure, {"homo": predicted(scores, contributions)})


def lightness(colour: str) -> float:
    """CIE luminance to L*, which colour-blind eyes see too."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    y = float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def test_average_atom_is_one_whatever_the_size() -> None:
    for n in (1, 3, 60):
        assert views.atom_values(predicted(np.full(n, 1 / n)), GA_SCORES) == pytest.approx(1.0)


def test_contributions_are_shown_as_they_are_and_refused_where_there_are_none() -> None:
    values = views.atom_values(predicted([0.5, 0.5], [-1.0, 2.0]), CONTRIBUTIONS)
    assert values.tolist() == [-1.0, 2.0]
    with pytest.raises(UnknownPropertyError, match="no contributions to HOMO energy"):
        views.atom_values(predicted([0.5, 0.5]), CONTRIBUTIONS)


def test_fixed_scale_gives_one_number_one_colour_in_every_structure() -> None:
    small, large = predicted([0.5, 0.5]), predicted([0.01] * 98 + [0.02, 0.0])
    scales = [views.make_scale(p, GA_SCORES, limit=3.0) for p in (small, large)]
    assert scales[0].colours([2.0]) == scales[1].colours([2.0])
    own = [views.make_scale(p, GA_SCORES) for p in (predicted([0.9, 0.05, 0.05]), large)]
    assert own[0].colours([1.5]) != own[1].colours([1.5])


def test_own_scale_is_fitted_to_the_structure_and_says_so() -> None:
    scale = views.make_scale(predicted([0.1, 0.1, 0.8]), GA_SCORES)
    assert (scale.low, scale.high) == (0.0, 2.5)  # 2.4, rounded up
    assert not scale.open_high
    assert scale.bar()["note"] == views.FITTED
    fixed = views.make_scale(predicted([0.1, 0.1, 0.8]), GA_SCORES, limit=2.0)
    assert fixed.open_high and fixed.bar()["note"] == views.COMPARABLE
    signed = views.make_scale(predicted([0.5, 0.5], [-0.42, 0.1]), CONTRIBUTIONS)
    assert (signed.low, signed.high) == (-0.5, 0.5)


def test_equal_atoms_get_the_middle_and_not_noise() -> None:
    scale = views.make_scale(predicted([0.5 + 1e-9, 0.5 - 1e-9]), GA_SCORES)
    assert scale.fractions([1.0]) == pytest.approx(0.5, abs=1e-6)


def test_diverging_scale_has_zero_in_the_middle_and_is_symmetric() -> None:
    for limit in (None, 0.7):
        scale = views.make_scale(predicted([0.5, 0.5], [-0.4, 0.1]), CONTRIBUTIONS, limit)
        assert scale.low == -scale.high
        assert scale.fractions([0.0]) == pytest.approx(0.5)
    assert scale.fractions([-9, 9]).tolist() == [0.0, 1.0]


def test_ends_are_marked_when_atoms_lie_beyond() -> None:
    scale = views.make_scale(predicted([0.9, 0.1], [-3.0, 0.5]), CONTRIBUTIONS, limit=1.0)
    texts = [text for _, text in scale.ticks]
    assert texts[0] == "≤ −1" and texts[-1] == "1"
    assert (scale.open_low, scale.open_high) == (True, False)


@pytest.mark.parametrize(
    "name, oracle",
    [
        ("Sunset", "Sunsetdark"), ("Viridis", "Viridis"), ("Cividis", "Cividis"),
        ("Blue-red", "RdBu_r"), ("Purple-orange", "PuOr_r"), ("Teal-brown", "BrBG_r"),
    ],
)  # fmt: skip
def test_palettes_equal_plotlys(name: str, oracle: str) -> None:
    fractions = np.linspace(0, 1, 101)
    palette = (SEQUENTIAL | DIVERGING)[name]
    ours = views.Scale("", 0, 1, palette, ()).colours(fractions)
    theirs = sample_colorscale(oracle, fractions, colortype="tuple")
    for colour, expected in zip(ours, theirs, strict=True):
        assert list(bytes.fromhex(colour[1:])) == pytest.approx(
            [255 * channel for channel in expected], abs=0.51
        )


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_sequential_palettes_are_read_by_lightness_alone(name: str) -> None:
    scale = views.make_scale(predicted([0.2, 0.8]), GA_SCORES, 2.0, name)
    shades = [lightness(c) for c in scale.colours(np.linspace(0, 2, 33))]
    steps = np.diff(shades)
    assert (steps > -0.5).all() or (steps < 0.5).all()
    assert abs(shades[-1] - shades[0]) > 45


@pytest.mark.parametrize("name", DIVERGING)
def test_diverging_palettes_are_lightest_at_zero_and_differ_at_the_ends(name: str) -> None:
    scale = views.make_scale(predicted([0.5, 0.5], [-1, 1]), CONTRIBUTIONS, 1.0, name)
    colours = scale.colours([-1.0, 0.0, 1.0])
    dark, light, dark_too = map(lightness, colours)
    assert light > 90 and dark < 45 and dark_too < 45
    hues = [
        colorsys.rgb_to_hsv(*(int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)))[0]
        for c in (colours[0], colours[2])
    ]
    assert abs(hues[0] - hues[1]) > 0.08


def test_bar_agrees_with_the_atoms_colours() -> None:
    scale = views.make_scale(predicted([0.5, 0.5]), GA_SCORES, 2.0)
    bar = scale.bar()
    assert [bar["stops"][0], bar["stops"][-1]] == scale.colours([0.0, 2.0])
    assert [at for at, _ in bar["ticks"]] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert [text for _, text in bar["ticks"]] == ["0", "0.5", "1", "1.5", "2"]
    json.dumps(bar)


def test_reference_limits_cover_98_percent_rounded_up() -> None:
    rng = np.random.default_rng(0)
    predictions = []
    for _ in range(50):
        scores = rng.dirichlet(np.ones(3))
        predictions.append(prediction(scores, rng.normal(size=3)))
    limits = views.reference_limits(predictions)
    for by in (GA_SCORES, CONTRIBUTIONS):
        values = np.concatenate([np.abs(views.atom_values(p["homo"], by)) for p in predictions])
        assert np.mean(values <= limits["homo", by]) >= 0.98
        assert limits["homo", by] < 1.7 * np.quantile(values, 0.98)
    without = [prediction(contributions=None)]
    assert list(views.reference_limits(without)) == [("homo", GA_SCORES)]


def test_element_colours_are_jmols() -> None:
    assert views.element_colours(["H", "O", "N"]) == ["#ffffff", "#ff0d0d", "#3050f8"]
    assert [name for name, _ in views.element_bar(["O", "H", "H"])["swatches"]] == ["H", "O"]


def test_scene_is_json_and_its_id_follows_the_picture_not_the_colours() -> None:
    one = prediction()
    draw = dict(bar={}, values=["a", "b", "c"])
    red, blue = (make_scene(one, "homo", [c] * 3, **draw) for c in ("#ff0000", "#0000ff"))
    json.dumps(red)
    assert red["scene_id"] == blue["scene_id"]
    moved = make_structure([8, 1, 1], one.structure.positions + 0.01)
    other = Prediction("w", 0, "qm9", moved, one.properties)
    assert make_scene(other, "homo", ["#ff0000"] * 3, **draw)["scene_id"] != red["scene_id"]
    assert red["symbols"] == ["O", "H", "H"]
    assert red["bonds"] == [0, 1, 0, 2]
    assert red["details"][0] == ["GA score 0.5000 (1.50 × average)", "Contribution −0.3 eV"]


def test_notebook_view_holds_every_atom_with_its_colour() -> None:
    one = prediction()
    html = one.view("homo", by="contributions").write_html()
    scale = views.make_scale(one["homo"], CONTRIBUTIONS)
    for colour in scale.colours([-0.3, 0.1, 0.0]):
        assert colour in html
    assert len(re.findall(r'"elem": "[OH]"', html)) == 3
    with pytest.raises(UnknownPropertyError, match="No prediction of 'lumo'"):
        one.view("lumo")
