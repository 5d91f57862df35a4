"""The report: complete, exact, the same every time, and nothing from outside becomes markup."""

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import ase.io
import numpy as np
import pytest
from records import PROPERTIES

import gamnet
from gamnet.export import report
from gamnet.export.report_scripts import import_map
from gamnet.network.files import sha256_of
from gamnet.prediction import shipped as pretrained
from gamnet.prediction.domain import Domain
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.prediction.shipped import load_one
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import Structure, make_structure
from gamnet.views import colours, numbers
from gamnet_app.shared import reference

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"{{ 7 * 7 }}.xyz"
MODEL = report.ModelAbout(
    "tiny", "ab" * 32, "qm9", {"homo": 41.25}, properties=tuple(PROPERTIES.values())
)
MODELS = {"tiny": MODEL}
DATE = "2026-11-23"
WATER = [[0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]]


def predicted(structure: Structure, additive: bool = True, seed: int = 0) -> Prediction:
    rng = np.random.default_rng(seed)
    properties = {}
    for pid in ("homo", "cv"):
        scores = rng.dirichlet(np.ones(structure.n_atoms))
        parts = rng.normal(size=structure.n_atoms) if additive else None
        value = 0.25 + float(parts.sum()) if additive else -6.5
        properties[pid] = PropertyPrediction(PROPERTIES[pid], value, 0.25, scores, parts)
    return Prediction(structure.source, structure.frame, "tiny", structure, properties)


def water(source: str = "water.xyz", **more: object) -> Structure:
    return make_structure([8, 1, 1], WATER, source=source, **more)


class Page(HTMLParser):
    """Tags, attributes, scripts and text as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.words, self.scripts = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.lasttag == "script" and self.scripts[-1][1] == "":
            self.scripts[-1] = (self.scripts[-1][0], data)
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def data(self) -> dict:
        return next(json.loads(t) for a, t in self.scripts if a.get("id") == "report-data")


def page(*predictions: Prediction, model: report.ModelAbout = MODEL) -> Page:
    return Page(report.to_html(predictions, {"tiny": model}, DATE))


def test_values_with_units_and_typical_errors() -> None:
    prediction = predicted(water())
    text = page(prediction).text
    assert numbers.value(PROPERTIES["homo"], prediction["homo"].value) in text
    assert "± 41 meV" in text and "not measured" in text  # of cv no error is known
    assert "H₂O, 3 atoms" in text and DATE in text


def test_how_sure_and_how_like_the_training_data() -> None:
    plain = predicted(water())
    sure = {pid: replace(p, uncertainty=0.0123) for pid, p in plain.properties.items()}
    odd = replace(plain, properties=sure, domain=Domain("edge", ("<b>no Xe</b>",)))
    text = page(odd).text
    assert "± 12 meV" in text and "± 0.012 cal/(mol·K)" in text
    assert "Compared with the training data: edge (<b>no Xe</b>)." in text
    assert "Expected error" not in page(plain).text and "Compared" not in page(plain).text


def test_every_atom_is_in_the_table_and_the_data() -> None:
    prediction = predicted(water())
    found = page(prediction)
    for score in prediction["homo"].ga_scores:
        assert f"{score:.4f}" in found.text
    for part in prediction["cv"].contributions:
        assert numbers.number(part, 4, sign=True) in found.text
    (structure,) = found.data["structures"]
    maps = structure["maps"]["cv"]
    assert maps["contributions"]["amounts"] == pytest.approx(
        prediction["cv"].contributions.tolist(), rel=1e-5
    )
    assert maps["ga_scores"]["amounts"] == pytest.approx(
        (3 * prediction["cv"].ga_scores).tolist(), rel=1e-5
    )
    assert structure["scene"]["symbols_of_sites"] == ["O", "H", "H"]
    assert structure["scene"]["positions"] == pytest.approx(np.ravel(WATER).tolist())
    assert structure["scene"]["bonds"] == [0, 1, 0, 2]


def test_one_scale_for_all_structures_or_the_given_one() -> None:
    first, second = predicted(water("a.xyz")), predicted(water("b.xyz"), seed=1)
    both = page(first, second).data["structures"]
    bars = [s["maps"]["homo"]["contributions"]["bar"] for s in both]
    assert bars[0] == bars[1]
    largest = max(np.abs(p["homo"].contributions).max() for p in (first, second))
    assert bars[0]["ticks"][-1][1] == f"{colours.rounded_up(largest):.3g}"
    limits = {("homo", colours.CONTRIBUTIONS): 8.0}
    fixed = Page(report.to_html([first], MODELS, DATE, limits)).data["structures"][0]
    expected = colours.make_scale(first["homo"], colours.CONTRIBUTIONS, 8.0)
    assert fixed["maps"]["homo"]["contributions"]["colours"] == expected.colours(
        first["homo"].contributions
    )


def test_where_it_comes_from() -> None:
    text = page(predicted(water())).text
    assert MODEL.sha256 in text and "gamnet 0." in text and "torch " in text
    assert "npj Comput. Mater. 9, 215 (2023)" in text and "Sci. Data 1, 140022 (2014)" in text
    assert "has not been measured whether the maps" in text
    other = report.ModelAbout("tiny", "00", "fullerene_md")
    assert "140022" not in page(predicted(water()), model=other).text


def test_what_the_maps_are_worth_is_said_where_measured() -> None:
    found = {"spearman": 0.3, "top1": 0.25, "n": 389}
    maps = {"ga_scores": {"pearson": 0.27, **found}, "element_mean": {"pearson": 0.5, **found}}
    model = replace(MODEL, faithfulness={"homo": maps})
    text = page(predicted(water()), model=model).text
    assert "HOMO energy, GA scores: the map tells no more about where the orbital is" in text
    assert "0.27, element alone 0.50, 389 molecules" in text


def test_the_structure_can_be_read_back_and_its_hash_checked() -> None:
    lattice = np.diag([4.0, 5.0, 6.0])
    salt = make_structure([11, 17], [[0, 0, 0], [2, 2.5, 3]], lattice, source="salt.cif")
    text = report.to_html([predicted(salt)], MODELS, DATE)
    shown = re.search(r"<pre>\n(.*?)</pre>", text, re.S)[1].replace("&#34;", '"')
    assert hashlib.sha256(shown.encode()).hexdigest() in text
    atoms = ase.io.read(io.StringIO(shown), format="extxyz")
    assert atoms.numbers.tolist() == [11, 17] and atoms.pbc.all()
    np.testing.assert_allclose(atoms.positions, salt.positions)
    np.testing.assert_allclose(atoms.cell, lattice)


@pytest.mark.parametrize("additive", [True, False])
def test_nothing_from_outside_becomes_markup(additive: bool) -> None:
    plain, hostile = water(), water(HOSTILE, info=StructureInfo(title=HOSTILE))
    expected = page(predicted(plain, additive))
    good = predicted(hostile, additive)
    bad = Prediction(HOSTILE, 1, "tiny", None, warnings=(HOSTILE,), error=HOSTILE)
    found = page(good)
    assert found.tags == expected.tags and HOSTILE in found.text
    assert not {name for name, _ in found.attributes} & {"onerror", "onload", "onclick"}
    both = page(good, bad)
    assert both.tags.count("script") == 3 and "img" not in both.tags
    assert both.text.count(HOSTILE) >= 5  # title, list, headings, comment, warning, error
    assert "49.xyz" not in both.text  # and it is no template
    # In the data it stands as data.
    assert "<" not in next(t for a, t in both.scripts if a.get("id") == "report-data")


def test_it_loads_nothing() -> None:
    text = report.to_html([predicted(water())], MODELS, DATE)
    found = Page(text)
    assert not [value for name, value in found.attributes if name == "src"]
    assert all(v.startswith("#") for name, v in found.attributes if name == "href")
    policy = next(v for n, v in found.attributes if n == "content" and "default-src" in v)
    assert policy.startswith("default-src 'none'") and "http" not in policy
    nonce = re.search(r"'nonce-(\w+)'", policy)[1]
    run = [a for a, _ in found.scripts if a.get("type") != "application/json"]
    assert [a["nonce"] for a in run] == [nonce, nonce]
    assert re.search(r"url\(|@import", text) is None


def test_it_can_be_mailed_and_is_the_same_every_time() -> None:
    once, again = (report.to_html([predicted(water())], MODELS, DATE) for _ in range(2))
    assert once == again
    assert len(once) < 1_500_000


def test_every_module_is_in_the_map_by_the_name_that_is_asked_for() -> None:
    modules = import_map()
    assert {"gamnet/report/report.js", "gamnet/viewer/viewer.js", "gamnet/report/chart.js"} < set(
        modules
    )
    assert "gamnet/3dmol/3Dmol.es6-min.js" in modules
    for name, address in modules.items():
        text = base64.b64decode(address.removeprefix("data:text/javascript;base64,")).decode()
        if not name.startswith("gamnet/3dmol/"):
            assert "import.meta" not in text and not re.search(r'"\.{1,2}/', text)
            assert set(re.findall(r'"(gamnet/[\w./-]+)"', text)) <= set(modules)


def test_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MAX_STRUCTURES", 3)
    monkeypatch.setattr(report, "MAX_ATOMS", 6)
    monkeypatch.setattr(report, "MAX_ROWS", 2)
    found = page(*(predicted(water(f"{k}.xyz")) for k in range(5)))
    assert "3 of 5 structures shown" in found.text
    assert (
        len(found.data["structures"]) == 2 and "2.xyz" in found.text and "3.xyz" not in found.text
    )
    assert "No picture: a report draws up to 6 atoms" in found.text
    assert found.text.count("The first 2 of 3 atoms shown.") == 3
    assert "Too large to show; SHA-256" in found.text


def test_failures_and_odd_numbers_have_their_place() -> None:
    failed = Prediction("broken.xyz", 7, "tiny", None, error="'broken.xyz': the file is empty.")
    odd = PropertyPrediction(PROPERTIES["homo"], float("nan"), 0.0, np.full(3, np.nan), None)
    found = page(failed, Prediction("x", 0, "tiny", water(), {"homo": odd}))
    assert failed.error in found.text and "broken.xyz, frame 7" in found.text
    assert found.data["structures"][0]["maps"]["homo"]["ga_scores"]["amounts"] == [None] * 3
    assert "No structures were given" in page().text
    assert "script" not in page(failed).tags


def test_without_3dmol_the_numbers_remain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "has_library", lambda: False)
    found = page(predicted(water()))
    assert "script" not in found.tags
    assert "python -m gamnet.assets" in found.text and "H₂O, 3 atoms" in found.text


def test_about_a_shipped_model_and_a_file() -> None:
    entry = pretrained.available()["qm9"]
    (shipped,) = report.about(load_one("qm9")).values()
    assert (shipped.name, shipped.sha256) == ("qm9", entry["sha256"])
    assert shipped.test_mae["homo"] == entry["test"]["mae"]["homo"]["value"]
    assert "truth" not in shipped.faithfulness
    assert report.about(gamnet.load("auto"))["qm9"] == shipped
    path = pretrained.folder("qm9") / pretrained.WEIGHTS
    ((name, from_file),) = report.about(load_one(str(path))).items()
    assert name == str(path) and from_file.properties == shipped.properties
    assert (from_file.name, from_file.sha256) == (path.name, sha256_of(path))
    assert from_file.test_mae == {} and from_file.faithfulness == {}


def test_the_page_explain_offers_it() -> None:
    from gamnet_app.shared import report as report_download
    from gamnet_app.shared import session

    prediction = session.model().predict([water()])[0]
    text = report_download.html([prediction])
    (structure,) = Page(text).data["structures"]
    limit = reference.scale_limits("qm9")["homo", colours.GA_SCORES]
    scale = colours.make_scale(prediction["homo"], colours.GA_SCORES, limit)
    amounts = colours.atom_values(prediction["homo"], colours.GA_SCORES)
    assert structure["maps"]["homo"]["ga_scores"]["colours"] == scale.colours(amounts)
