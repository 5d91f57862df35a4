"""Trajectories as arrays, the player's block of bytes, the table, and the shipped examples."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
from records import PROPERTIES

import gamnet
from gamnet.export import files
from gamnet.export.trajectory import frames_csv
from gamnet.prediction.domain import Domain
from gamnet.prediction.result import Prediction, PropertyPrediction
from gamnet.prediction.trajectory import Collector, Trajectory, attention_shift, largest_shifts
from gamnet.structures.facts import StructureInfo
from gamnet.structures.structure import Failure, make_structure
from gamnet.structures.times import frame_time, frame_times
from gamnet.views import colours
from gamnet.views.player import (
    MAX_STRIP_ROWS,
    geometry,
    pack,
    player_data,
    row_values,
    strip_atoms,
    trajectory_scale,
)

PROPERTIES = (PROPERTIES["homo"], PROPERTIES["cv"])
WATER = [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]]
AMMONIA = [[0, 0, 0.1], [0.94, 0, -0.2], [-0.47, 0.81, -0.2], [-0.47, -0.81, -0.2]]


def predicted(k: int, scores: list[float], *, contributions: bool = True, **info) -> Prediction:
    """A frame of water or ammonia whose contributions are ten times its scores."""
    numbers, positions = ([8, 1, 1], WATER) if len(scores) == 3 else ([7, 1, 1, 1], AMMONIA)
    shifted, known = np.array(positions) + 0.01 * k, StructureInfo(data=info)
    structure = make_structure(numbers, shifted, source="run.xyz", frame=k, info=known)
    scores = np.array(scores, dtype=float)
    share = 10 * scores if contributions else None
    properties = {
        prop.id: PropertyPrediction(prop, 10.0 + baseline, baseline, scores, share)
        for prop, baseline in zip(PROPERTIES, (1.5, -2.0), strict=True)
    }
    return Prediction("run.xyz", k, "toy", structure, properties, ("hot",) if k else ())


def failed(k: int, reason: str = "Unknown element 'Xy'.") -> Prediction:
    return Prediction("run.xyz", k, "toy", None, error=reason)


def collected(*predictions: Prediction) -> Trajectory:
    collector = Collector("toy", PROPERTIES)
    for prediction in predictions:
        collector.add(prediction)
    return collector.trajectory()


@pytest.fixture
def mixed() -> Trajectory:
    """Water, a gap, ammonia, water twice."""
    return collected(
        predicted(0, [0.5, 0.25, 0.25], time=0.0),
        failed(1),
        predicted(2, [0.4, 0.2, 0.2, 0.2], time=10.0),
        predicted(3, [0.5, 0.3, 0.2], time=15.0),
        predicted(4, [0.1, 0.3, 0.6], time=20.0),
    )


def unpacked(block: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    """What trajectory-data.js reads."""
    length = int.from_bytes(block[:4], "little")
    header = json.loads(block[4 : 4 + length])
    start = -(-(4 + length) // 8) * 8
    arrays = {
        name: np.frombuffer(block, dtype, size, start + offset)
        for name, (dtype, offset, size) in header["arrays"].items()
    }
    return header, arrays


# --- arrays ---------------------------------------------------------------------------------------


def test_arrays_hold_what_went_in_with_a_gap_for_the_failed_frame(mixed: Trajectory) -> None:
    assert mixed.n_frames == 5
    assert mixed.n_atoms.tolist() == [3, 0, 4, 3, 3]
    assert mixed.offsets.tolist() == [0, 3, 3, 7, 10, 13]
    assert mixed.values[0].tolist() == [11.5, 8.0]
    assert np.isnan(mixed.values[1]).all()
    assert mixed.errors == {1: "Unknown element 'Xy'."}
    assert mixed.warnings == {"hot": 3}
    assert isinstance(mixed.frames[1], Failure)
    assert mixed.relative_scores("homo")[:7] == pytest.approx([1.5, 0.75, 0.75, 1.6, 0.8, 0.8, 0.8])


def test_predictions_come_back_as_they_went_in(mixed: Trajectory) -> None:
    one = mixed.prediction(3)
    original = predicted(3, [0.5, 0.3, 0.2])
    assert (one.source, one.frame, one.error) == ("run.xyz", 3, None)
    assert list(one.properties) == ["homo", "cv"]
    for property_id in ("homo", "cv"):
        a, b = one[property_id], original[property_id]
        assert a.value == b.value and a.baseline == b.baseline
        assert a.ga_scores == pytest.approx(b.ga_scores, abs=1e-7)
        assert a.contributions == pytest.approx(b.contributions, abs=1e-6)
        assert a.uncertainty is None
    assert mixed.prediction(1).error == "Unknown element 'Xy'."
    assert list(mixed.prediction(3, "cv").properties) == ["cv"]


def test_errors_to_expect_and_domains_are_kept() -> None:
    plain = predicted(0, [0.5, 0.3, 0.2])
    sure = {pid: replace(p, uncertainty=0.25) for pid, p in plain.properties.items()}
    edge = replace(plain, properties=sure, domain=Domain("edge", ("small",)))
    kept = collected(edge, failed(1), plain)
    assert kept.prediction(0)["cv"].uncertainty == 0.25
    assert kept.prediction(0).domain == edge.domain
    assert kept.prediction(2)["cv"].uncertainty is None and kept.prediction(2).domain is None


def test_model_without_contributions_has_none() -> None:
    trajectory = collected(predicted(0, [0.5, 0.3, 0.2], contributions=False))
    assert trajectory.contributions is None
    assert trajectory.prediction(0)["homo"].contributions is None


def test_all_frames_may_fail() -> None:
    trajectory = collected(failed(0), failed(1))
    assert len(trajectory.errors) == 2 and len(trajectory.ga_scores) == 0


# --- time -----------------------------------------------------------------------------------------


def test_times_come_from_the_file_and_failed_frames_have_none(mixed: Trajectory) -> None:
    times = frame_times(mixed.frames)
    assert np.isnan(times[1])
    assert times[[0, 2, 3, 4]].tolist() == [0, 10, 15, 20]


@pytest.mark.parametrize("key", ["time", "Time"])
def test_time_is_read_under_either_name(key: str) -> None:
    assert frame_time(predicted(0, [0.5, 0.3, 0.2], **{key: 7}).structure) == 7.0


@pytest.mark.parametrize("value", ["noon", True, float("nan"), [1.0]])
def test_what_is_no_time_is_ignored(value: object) -> None:
    assert frame_time(predicted(0, [0.5, 0.3, 0.2], time=value).structure) is None


def test_times_that_are_missing_or_go_back_number_the_frames() -> None:
    scores = [0.5, 0.3, 0.2]
    for times in ([0.0, None], [0.0, 0.0], [5.0, 1.0]):
        frames = [
            predicted(k, scores, **({} if t is None else {"time": t})).structure
            for k, t in enumerate(times)
        ]
        assert frame_times(frames) is None


# --- attention shift ------------------------------------------------------------------------------


def test_shift_is_the_total_variation_distance(mixed: Trajectory) -> None:
    shift = attention_shift(mixed, "homo")
    # First frame, gap, other atoms than before, other atoms again.
    assert np.isnan(shift[:4]).all()
    assert shift[4] == pytest.approx(0.4)  # 0.4 of the attention went from O0 to H2


def test_shift_passes_over_failed_frames_and_is_symmetric_and_bounded() -> None:
    rng = np.random.default_rng(0)
    scores = rng.dirichlet(np.ones(3), size=6).tolist()
    with_gap = collected(predicted(0, scores[0]), failed(1), predicted(2, scores[1]))
    assert attention_shift(with_gap, "homo")[2] == pytest.approx(
        0.5 * np.abs(np.subtract(*scores[:2])).sum()
    )
    forward = attention_shift(collected(*(predicted(k, s) for k, s in enumerate(scores))), "cv")
    backward = attention_shift(
        collected(*(predicted(k, s) for k, s in enumerate(scores[::-1]))), "cv"
    )
    assert forward[1:] == pytest.approx(backward[:0:-1])
    assert ((forward[1:] >= 0) & (forward[1:] <= 1)).all()
    ends = collected(predicted(0, [1.0, 0, 0]), predicted(1, [0, 1.0, 0]))
    assert attention_shift(ends, "homo")[1] == pytest.approx(1)


def test_jumps_are_the_largest_peaks_each_of_its_own_surroundings() -> None:
    shift = np.zeros(200)
    shift[0] = np.nan
    shift[[50, 51, 52, 120, 121, 199]] = [0.3, 0.9, 0.4, 0.5, 0.2, 0.1]
    assert largest_shifts(shift).tolist() == [51, 120, 199]
    assert largest_shifts(shift, count=1).tolist() == [51]
    assert largest_shifts(np.array([np.nan, 0.0, 1e-9])).tolist() == []


# --- the picture ----------------------------------------------------------------------------------


def test_bonds_and_positions_are_those_of_each_frame(mixed: Trajectory) -> None:
    drawn = geometry(mixed)
    assert np.diff(drawn.bond_offsets).tolist() == [2, 0, 3, 2, 2]
    assert drawn.bonds[:2].tolist() == [[0, 1], [0, 2]]
    for k in (0, 2, 3, 4):
        expected = mixed.frames[k].positions
        assert drawn.positions[mixed.rows(k)] == pytest.approx(expected, abs=1e-6)
    assert drawn.cells.size == 0


def test_key_follows_the_geometry_alone(mixed: Trajectory) -> None:
    same = collected(*(predicted(k, [0.2, 0.3, 0.5]) for k in range(3)))
    again = collected(*(predicted(k, [0.5, 0.3, 0.2]) for k in range(3)))
    assert geometry(same).key == geometry(again).key != geometry(mixed).key


def test_crystal_atoms_are_drawn_without_jumping_across_the_cell() -> None:
    lattice, collector = 4.0 * np.eye(3), Collector("toy", PROPERTIES)
    for k in range(8):
        at = np.array([[3.7 + 0.1 * k, 1, 1], [1.0, 3, 3]]) % 4.0  # leaves the cell in frame 3
        structure = make_structure([78, 6], at, lattice, source="run", frame=k)
        scores = np.array([0.5, 0.5])
        properties = {p.id: PropertyPrediction(p, 0.0, 0.0, scores, scores) for p in PROPERTIES}
        collector.add(Prediction("run", k, "toy", structure, properties))
    drawn = geometry(collector.trajectory())
    assert drawn.positions[::2, 0] == pytest.approx(3.7 + 0.1 * np.arange(8), abs=1e-5)
    assert drawn.cells.shape == (1, 12, 2, 3)  # one for all frames


def test_block_of_bytes_holds_aligned_arrays() -> None:
    arrays = {
        "a": np.array([1, 2, 3], np.uint8),
        "b": np.array([[0.5, -1.5]], np.float32),
        "c": np.array([np.nan, 2.0]),
    }
    header, found = unpacked(pack({"text": "ε·<b>"}, arrays))
    assert header["text"] == "ε·<b>"
    for name, array in arrays.items():
        assert np.array_equal(found[name], array.ravel(), equal_nan=True)
        assert header["arrays"][name][1] % 8 == 0


def test_player_gets_every_number_once(mixed: Trajectory) -> None:
    scale = trajectory_scale(mixed, "homo", colours.GA_SCORES, None, None)
    block = player_data(
        mixed, geometry(mixed), "homo", colours.GA_SCORES, scale,
        element_colours=False, height=400, file_name="run",
    )  # fmt: skip
    header, arrays = unpacked(block)
    assert header["n_frames"] == 5 and header["errors"] == {"1": "Unknown element 'Xy'."}
    assert header["symbols"] == {"1": "H", "7": "N", "8": "O"}
    assert header["strip_atoms"] == [0, 1, 2, 3]
    assert arrays["numbers"].tolist() == [8, 1, 1, 7, 1, 1, 1, 8, 1, 1, 8, 1, 1]
    assert np.array_equal(arrays["scores"], mixed.ga_scores[:, 0])
    assert np.array_equal(arrays["values"], mixed.values[:, 0], equal_nan=True)
    assert arrays["contributions"] == pytest.approx(10 * arrays["scores"])
    assert arrays["offsets"].tolist() == mixed.offsets.tolist()
    assert len(header["colours"]) == 256 and header["timed"]
    assert header["colours"][0] == scale.colours([scale.low])[0]


def test_ten_thousand_frames_are_a_few_megabytes() -> None:
    frames = [predicted(k % 50, [0.5, 0.3, 0.2]) for k in range(10_000)]
    trajectory = collected(*frames)
    scale = trajectory_scale(trajectory, "homo", colours.GA_SCORES, 5.0, None)
    block = player_data(
        trajectory, geometry(trajectory), "homo", colours.GA_SCORES, scale,
        element_colours=False, height=400, file_name="run",
    )  # fmt: skip
    assert len(block) < 2e6


def test_one_scale_spans_all_frames_or_is_the_fixed_one(mixed: Trajectory) -> None:
    values = row_values(mixed, "homo", colours.GA_SCORES)
    own = trajectory_scale(mixed, "homo", colours.GA_SCORES, None, None)
    # From 0 to the next of 1.5, 2, 2.5 above the largest value of all frames.
    assert values.max() == pytest.approx(1.8) and (own.low, own.high) == (0.0, 2.0)
    fixed = trajectory_scale(mixed, "homo", colours.CONTRIBUTIONS, 2.0, None)
    assert (fixed.low, fixed.high) == (-2.0, 2.0)


def test_strip_of_many_atoms_shows_the_largest() -> None:
    n_atoms = MAX_STRIP_ROWS + 50
    structure = make_structure(np.full(n_atoms, 6), np.arange(3 * n_atoms).reshape(-1, 3))
    scores = np.arange(n_atoms) / np.arange(n_atoms).sum()
    properties = {p.id: PropertyPrediction(p, 0.0, 0.0, scores, None) for p in PROPERTIES}
    trajectory = collected(Prediction("run", 0, "toy", structure, properties))
    shown = strip_atoms(trajectory, row_values(trajectory, "homo", colours.GA_SCORES))
    assert shown.tolist() == list(range(50, n_atoms))


# --- files ----------------------------------------------------------------------------------------


def test_table_has_a_row_per_frame_and_the_reason_of_a_gap(mixed: Trajectory) -> None:
    rows = list(csv.DictReader(io.StringIO(frames_csv(mixed))))
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert [row["time [fs]"] for row in rows] == ["0.0", "", "10.0", "15.0", "20.0"]
    assert [row["formula"] for row in rows] == ["H2O", "", "H3N", "H2O", "H2O"]
    assert [row["homo top atom"] for row in rows] == ["O0", "", "N0", "O0", "H2"]
    assert [row["homo [eV]"] for row in rows] == ["11.5", "", "11.5", "11.5", "11.5"]
    assert float(rows[4]["cv attention shift"]) == pytest.approx(0.4)
    assert rows[1]["error"] == "Unknown element 'Xy'."
    unsure = [row["homo_uncertainty [eV]"] for row in rows]
    known = ["" if np.isnan(x) else str(x) for x in mixed.uncertainties[:, 0].tolist()]
    assert unsure == known
    assert [row["domain"] for row in rows] == [d.verdict if d else "" for d in mixed.domains]


def test_table_without_times_has_no_time_column() -> None:
    text = frames_csv(collected(predicted(0, [0.5, 0.3, 0.2])))
    assert text.startswith("frame,formula,")


def test_extxyz_of_one_property_keeps_time_and_scores(mixed: Trajectory, tmp_path: Path) -> None:
    path = tmp_path / "out.extxyz"
    path.write_text(files.to_extxyz(mixed.predictions("homo")))
    frames = ase.io.read(path, ":")
    assert [atoms.info["frame"] for atoms in frames] == [0, 2, 3, 4]
    assert [atoms.info["time"] for atoms in frames] == [0, 10, 15, 20]
    assert frames[3].arrays["ga_score_homo"] == pytest.approx([0.1, 0.3, 0.6])
    assert "ga_score_cv" not in frames[3].arrays
    assert frame_times(gamnet.read(path)).tolist() == [0, 10, 15, 20]
