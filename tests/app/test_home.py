"""A server whose GAMNET_HOME cannot be written predicts without scales, or says what it lacks."""

import pytest
from apptest import healthy, opened, page, scenes, texts

from gamnet.errors import StorageError
from gamnet_app.shared import reference, sources


def refused(*_: object, **__: object) -> None:
    raise StorageError("Cannot write '/full/home'", "It needs free space")


def test_what_needs_no_data_set_is_predicted_without_scales(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reference, "_scale_limits", refused)
    app = opened(page(), structure="smiles:CCO")
    assert not app.error and len(scenes(app)) == 1


@pytest.mark.parametrize("name", ["", "compare"])
def test_a_page_says_what_it_lacks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_read", refused)
    assert "Cannot write '/full/home'. It needs free space." in texts(healthy(page(name).run()))


def test_what_no_page_foresees_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "frames", refused)
    monkeypatch.setattr(sources, "choose", refused)
    app = healthy(page().run())
    healthy(app.segmented_control(key="origin").set_value("Examples").run())
    assert "Cannot write '/full/home'" in texts(app)
