"""What the server keeps for a reload: bounds of the store, and each page opened once more."""

import time

import numpy as np
import pytest
from apptest import healthy, opened, page, texts

from gamnet_app.shared import kept
from gamnet_app.shared.kept import Store


def test_things_have_keys_that_say_nothing_and_come_back() -> None:
    store = Store()
    keys = [store.keep(value, 10) for value in ("a", "b")]
    assert [store.find(key) for key in keys] == ["a", "b"]
    assert len(set(keys)) == 2 and min(map(len, keys)) >= 16
    store.drop(keys[0])
    assert store.find(keys[0]) is None and store.find("") is None and store.find("b") is None


def test_the_longest_unused_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_BYTES", 100)
    store = Store()
    first, second = store.keep(1, 40), store.keep(2, 40)
    assert store.find(first) == 1
    third = store.keep(3, 40)
    assert [store.find(key) for key in (first, second, third)] == [1, None, 3]
    assert store.find(store.keep(4, 1_000)) == 4, "what was just brought is never thrown away"
    assert store.find(first) is None


def test_what_is_not_used_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    store = Store()
    used, unused = store.keep(1, 1), store.keep(2, 1)
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600 * (kept.HOURS - 1))
    assert store.find(used) == 1
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600 * (kept.HOURS + 1))
    assert store.find(used) == 1 and store.find(unused) is None


def test_a_trajectory_is_there_after_a_reload() -> None:
    frames = "".join(f"2\n\nH 0 0 0\nH 0 0 {0.7 + 0.1 * k}\n" for k in range(3))
    app = opened(page("trajectory"))
    app.segmented_control(key="trajectory").set_value("file").run()
    app.file_uploader(key="trajectory_file").upload("run.xyz", frames.encode(), "chemical/x-xyz")
    healthy(app.run())
    name = str(np.atleast_1d(app.query_params["trajectory"])[0])
    assert name.startswith("upload:") and "3 frames" in badges(app)
    again = opened(page("trajectory"), trajectory=name)
    assert "3 frames" in badges(again) and "run.xyz" in [text.value for text in again.text]
    gone = opened(page("trajectory"), trajectory="upload:no-such-key")
    assert "does not have this file any more" in texts(gone)
    example = opened(page("trajectory"), trajectory="malonaldehyde")
    assert "200 frames" in badges(example)


def badges(app) -> str:
    return " ".join(element.value for element in app.markdown)


def test_a_batch_is_there_after_a_reload() -> None:
    app = opened(page("batch"))
    app.file_uploader[0].upload("list.csv", b"id,SMILES\nA,CCO\nB,N\n", "text/csv")
    healthy(app.run())
    healthy(app.button(key="batch_start").click().run())
    assert app.session_state["batch_job"].wait(120)
    healthy(app.run())
    name = str(np.atleast_1d(app.query_params["batch"])[0])
    again = opened(page("batch"), batch=name)
    assert again.dataframe[0].value["id"].tolist() == ["A", "B"]
    for wrong in ("no-such-key", "../../etc"):
        gone = opened(page("batch"), batch=wrong)
        assert "does not have this batch any more" in texts(gone) and not gone.dataframe


def test_the_key_of_one_page_opens_nothing_on_another() -> None:
    key = kept.store().keep(("a", "b"), 1)
    assert "does not have" in texts(opened(page("batch"), batch=key))
    assert "does not have" in texts(opened(page("trajectory"), trajectory=f"upload:{key}"))
    for thing in (object(), (object(), set())):
        key = kept.store().keep(thing, 1)
        assert "does not have" in texts(opened(page(), structure=f"upload:{key}.0"))
