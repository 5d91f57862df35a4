"""The page Trajectory without a browser: good and bad input, limits, and the job behind it."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from apptest import components, healthy, page
from streamlit.testing.v1 import AppTest

from gamnet.examples import TRAJECTORIES
from gamnet_app.shared import reference, session
from gamnet_app.trajectory import state
from gamnet_app.trajectory.job import Limits, TrajectoryJob

WATER = "3\n\nO 0 0 0\nH {0:.3f} 0 0\nH -0.24 0.93 0\n"
WATERS = "".join(WATER.format(0.9 + 0.02 * k) for k in range(5))
AMPLE = Limits(frames=100, atoms=100, all_atoms=10_000)


@pytest.fixture
def app() -> AppTest:
    return page("trajectory")


def upload(app: AppTest, name: str, content: bytes | str) -> AppTest:
    app.session_state["trajectory"] = state.FILE
    healthy(app.run())
    content = content.encode() if isinstance(content, str) else content
    app.file_uploader(key="trajectory_file").upload(name, content, "application/octet-stream")
    return healthy(app.run())


def texts(app: AppTest, kind: str) -> str:
    return " ".join(element.value for element in getattr(app, kind)).replace("\\", "")


def header(app: AppTest) -> dict:
    """The JSON at the start of what the player gets."""
    (component,) = components(app)
    block = component.proto.bytes
    return json.loads(block[4 : 4 + int.from_bytes(block[:4], "little")])


# --- the page -------------------------------------------------------------------------------------


def test_first_visit_plays_an_example(app: AppTest) -> None:
    healthy(app.run())
    data = header(app)
    assert data["n_frames"] == 200 and data["errors"] == {} and data["timed"]
    assert data["property"]["id"] == "homo" and data["by"] == "ga_scores"
    assert data["file_name"] == "malonaldehyde-homo-ga"
    assert "C₃H₄O₂" in texts(app, "markdown")
    assert "model's domain" in texts(app, "markdown")
    assert "expected error" in texts(app, "markdown")
    assert "trained on QM9: on geometries unlike those" in texts(app, "caption")
    assert {button.label for button in app.get("download_button")} == {"csv", "extxyz"}


def test_address_chooses_example_property_and_colour(app: AppTest) -> None:
    for name, value in (
        ("trajectory", "aminobutanal"), ("property", "cv"), ("colour", "contribution"),
    ):  # fmt: skip
        app.query_params[name] = value
    healthy(app.run())
    data = header(app)
    assert data["file_name"] == "aminobutanal-cv-contribution"
    assert data["low"] == -data["high"]
    assert app.query_params["trajectory"] == "aminobutanal"
    app.segmented_control(key="trajectory").set_value("malonaldehyde").run()
    assert "trajectory" not in app.query_params


def test_address_cannot_name_a_file_of_the_server(app: AppTest) -> None:
    app.query_params["trajectory"] = "/etc/passwd"
    healthy(app.run())
    assert header(app)["file_name"].startswith("malonaldehyde")


def test_scale_is_fixed_or_this_trajectorys_own(app: AppTest) -> None:
    healthy(app.run())
    own = header(app)
    app.radio(key="scale").set_value(scale_named(app, "Same for every structure")).run()
    fixed = header(healthy(app))
    assert fixed["high"] == reference.scale_limits("qm9")["homo", "ga_scores"]
    assert own["high"] < fixed["high"]
    assert own["strip_bar"]["note"] != fixed["strip_bar"]["note"]
    assert own["id"] == fixed["id"], "the camera would move"


def scale_named(app: AppTest, label: str) -> str:
    scales = app.radio(key="scale")
    assert label in scales.options
    return ("structure", "fixed")[scales.options.index(label)]


def test_element_colours_leave_the_strip_its_scores(app: AppTest) -> None:
    healthy(app.run())
    app.segmented_control(key="colour").set_value("element").run()
    data = header(healthy(app))
    assert data["coloured"] == "element" and data["by"] == "ga_scores"
    assert "swatches" in data["picture_bar"] and "stops" in data["strip_bar"]


def test_without_a_file_the_page_says_what_to_do(app: AppTest) -> None:
    app.session_state["trajectory"] = state.FILE
    healthy(app.run())
    assert "Choose a file with several frames" in texts(app, "info")
    assert not components(app)


def test_uploaded_frames_without_times_are_numbered(app: AppTest) -> None:
    upload(app, "run.xyz", WATERS)
    data = header(app)
    assert data["n_frames"] == 5 and not data["timed"]
    assert data["file_name"] == "run-homo-ga"


def test_elements_that_the_model_does_not_know_are_named(app: AppTest) -> None:
    upload(app, "run.xyz", "".join(f"2\n\nH 0 0 0\nI 0 0 {1.6 + k / 50}\n" for k in range(3)))
    text = texts(app, "error")
    assert "None of the 3 frames could be predicted" in text
    assert "No model fits" in text and "knows molecules of H, C, N, O, F" in text
    assert not components(app)


@pytest.mark.parametrize("name", ["XDATCAR", "slab_md.traj", "slab_md.extxyz"])
def test_crystals_and_slabs_are_played(app: AppTest, data: Path, name: str) -> None:
    upload(app, name, (data / name).read_bytes())
    assert header(app)["n_frames"] == 3


@pytest.mark.parametrize("name", ["two_models.pdb", "three_records.sdf"])
def test_files_of_several_molecules_are_played(app: AppTest, data: Path, name: str) -> None:
    upload(app, name, (data / name).read_bytes())
    assert header(app)["n_frames"] in (2, 3)


def test_bad_frames_are_gaps_with_their_reasons(app: AppTest) -> None:
    upload(app, "run.xyz", WATERS + "1\n\nXy 0 0 0\n" + WATER.format(1.0))
    assert "1 of 7 frames could not be predicted" in texts(app, "warning")
    data = header(app)
    assert list(data["errors"]) == ["5"] and "Unknown element" in data["errors"]["5"]
    assert data["n_frames"] == 7


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02 nothing", b"no structure at all"])
def test_unreadable_file_is_one_plain_message(app: AppTest, content: bytes) -> None:
    upload(app, "broken.xyz", content)
    assert len(app.error) == 1 and "Traceback" not in app.error[0].value
    assert not components(app)


def test_name_of_an_upload_stays_text(app: AppTest) -> None:
    upload(app, "**b**<img src=x>.xyz", b"1\n\nXy 0 0 0\n")
    assert "<img" not in app.error[0].value.replace("\\<", "")


def test_single_frame_is_shown_with_a_hint(app: AppTest) -> None:
    upload(app, "one.xyz", WATER.format(0.96))
    assert header(app)["n_frames"] == 1
    assert "single frame" in texts(app, "info")


def test_more_frames_than_the_limit_are_counted_and_said(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MAX_FRAMES", 3)
    upload(app, "run.xyz", WATERS)
    assert header(app)["n_frames"] == 3
    assert "3 of 5 frames" in texts(app, "warning")


# --- the job --------------------------------------------------------------------------------------


def job(text: str, limits: Limits = AMPLE) -> TrajectoryJob:
    return TrajectoryJob(text.encode(), "run.xyz", lambda structure: session.model("qm9"), limits)


def test_job_broken_off_keeps_what_is_done_and_goes_on_later() -> None:
    work = job("".join(WATER.format(0.9 + 1e-4 * k) for k in range(90)))
    assert len(list(islice(work.steps(), 4))) == 4
    assert not work.finished and 0 < work.n_predicted < 90
    some, _ = work.shown()
    assert some.n_frames == work.n_predicted
    reports = list(work.steps())
    assert work.finished and work.n_predicted == 90
    assert [r.fraction for r in reports] == sorted(r.fraction for r in reports)
    whole = job("".join(WATER.format(0.9 + 1e-4 * k) for k in range(90)))
    list(whole.steps())
    assert np.array_equal(work.shown()[0].values, whole.shown()[0].values)
    assert np.array_equal(work.shown()[0].values[: some.n_frames], some.values)


def test_a_fault_is_told_and_what_is_done_is_kept(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stream = type(session.model("qm9")).stream

    def faulty(model, structures, **options):
        for number, prediction in enumerate(stream(model, structures, **options)):
            if number == 3:
                raise MemoryError("no more")
            yield prediction

    monkeypatch.setattr(type(session.model("qm9")), "stream", faulty)
    upload(app, "run.xyz", WATERS)
    assert "broke off after 3 of 5 frames" in texts(app, "error") and "no more" in caplog.text
    assert header(app)["n_frames"] == 3
    assert not any(button.label == "Continue" for button in app.button)


def test_limits_of_atoms_in_a_frame_and_in_all() -> None:
    large = job(WATERS + "4\n\n" + "C 0 0 0\nH 1 0 0\nH 0 1 0\nH 0 0 1\n", Limits(100, 3, 1000))
    list(large.steps())
    trajectory, _ = large.shown()
    assert list(trajectory.errors) == [5] and "up to 3 in a frame" in trajectory.errors[5]
    cut = job(WATERS, Limits(100, 100, 7))
    list(cut.steps())
    assert (cut.n_taken, cut.n_in_file, cut.n_predicted) == (2, 5, 2)


def test_every_example_is_predicted_without_a_gap() -> None:
    model = session.model("qm9")
    for example in TRAJECTORIES.values():
        limits = Limits(1000, 100, 10**6)
        work = TrajectoryJob(example.path, example.path.name, lambda structure: model, limits)
        list(work.steps())
        trajectory, drawn = work.shown()
        assert trajectory.n_frames == example.n_frames and not trajectory.errors
        assert len(drawn.positions) == trajectory.offsets[-1]
