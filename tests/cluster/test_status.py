"""One screen: what job, Ray and search are doing."""

from pathlib import Path

from cluster.folder import JobFolder
from cluster.slurm import JobState
from cluster.status import line, screen

STORY = """\
2026-11-28 01:00:00  Submitted as job 12
2026-11-28 01:00:01  Job 12, start 1, on node1; 0 epochs are trained
2026-11-28 01:00:09  Ray on node1: 4 CPUs, 0 GPUs, 3.6 GiB
2026-11-28 01:01:00  Job 12, start 2, on node2; 3 epochs are trained
2026-11-28 01:01:09  Ray on node2: 8 CPUs, 0 GPUs, 3.6 GiB
"""
JOURNAL = """\
{"op_code":8,"trial_id":0,"user_attr":{"host 1":"node1"}}
{"op_code":8,"trial_id":0,"user_attr":{"epoch 1":{"loss":1.0}}}
{"op_code":8,"trial_id":0,"user_attr":{"host 2":"node2"}}
{"op_code":8,"trial_id":0,"user_attr":{"epoch 2":{"loss":1.0}}}
"""


def make(run: Path) -> JobFolder:
    session = run / "job/sessions/12.1"
    session.mkdir(parents=True)
    (session / "search.log").write_text("Run: x\ntrial 1 paused at epoch 2\n\n")
    (run / "job/number").write_text("12\n")
    (run / "job/story.log").write_text(STORY)
    (run / "journal.log").write_text(JOURNAL)
    return JobFolder(run)


def test_the_screen_says_where_everything_stands(tmp_path: Path) -> None:
    state = JobState("12", "RUNNING", "0:34", "2:00", "node2", "None")
    text = screen(make(tmp_path / "s/r"), [state])
    assert "12: RUNNING on node2, 0:34 of 2:00" in text
    assert "ray      Ray on node2: 8 CPUs" in text and "ray      Ray on node1" not in text
    assert "search   trial 1 paused at epoch 2" in text
    assert "trained  2 epochs; segments: node1 1, node2 1" in text
    assert len(text.splitlines()) < 24


def test_a_job_that_waits_says_why_and_one_that_is_gone_too(tmp_path: Path) -> None:
    place = make(tmp_path / "s/r")
    assert "PENDING (Priority)" in screen(place, [JobState("12", "PENDING", "0:00", "2:00", "", "Priority")])
    assert "12: ended" in screen(place, [])
    assert line(place, []).startswith("s/r  12 ended  2026-11-28 01:01:09  Ray on node2")
