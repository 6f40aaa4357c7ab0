"""The files of a report: self-contained, harmless, without local paths, and the same when written again."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from analysis import report
from tests.analysis.figures.example_runs import finished_trials
from tests.analysis.finished_run import make_record, make_run
from tests.analysis.report_page import USED, answer_of, read


def test_one_file_holds_everything(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder)
    file = report.write(folder)
    assert file == folder / "report" / "report.html"
    page, source = read(file), file.read_text()
    assert {name for name, _ in page.elements} <= USED
    for image in page.all("img"):
        kind, _, data = str(image["src"]).partition(",")
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert kind == "data:image/png;base64" and picture.width > 600
            assert picture.convert("L").getextrema()[0] < 128
        assert len(str(image["alt"])) > 10
    assert len(page.all("img")) == 11
    assert {str(link["href"])[0] for link in page.all("a")} == {"#"}
    # With a colon, which the pictures' base64 does not have.
    assert "http:" not in source and "https:" not in source and "url(" not in source
    anchors = {str(section["id"]) for section in page.all("section")}
    assert {str(link["href"])[1:] for link in page.all("a")} == anchors


@pytest.mark.usefixtures("one_pixel")
def test_markdown_says_the_same_and_its_pictures_are_there(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder)
    stale = folder / "report" / "report-pictures" / "stale.png"
    stale.parent.mkdir()
    stale.touch()
    file = report.write(folder)
    text, page = file.with_suffix(".md").read_text(), read(file)
    named = re.findall(r"!\[.+\]\((.+)\)", text)
    assert len(named) == len(page.all("img"))
    assert {file.parent / name for name in named} == set((file.parent / "report-pictures").iterdir())
    assert f"**{answer_of(file)}**" in text
    tables = re.findall(r"^\|( :?-+:? \|)+$", text, flags=re.MULTILINE)
    assert len(tables) == len(page.all("table"))
    for before, after in zip(text.split("\n"), text.split("\n")[1:], strict=False):
        if before.startswith("|") and after.startswith("|"):
            cells = [len(re.findall(r"(?<!\\)\|", line)) for line in (before, after)]
            assert cells[0] == cells[1], after


@pytest.mark.usefixtures("one_pixel")
def test_nothing_from_a_file_becomes_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> | *x* `y` [z](javascript:alert(1))\n# heading"
    trials = finished_trials(12)
    trials[4].reason = evil
    folder = make_run(
        tmp_path / "runs", "<b>study", trials=trials, command=f"python -m search {evil}", commit=evil
    )
    file = report.write(folder)
    page = read(file)
    assert {name for name, _ in page.elements} <= USED
    assert "<script>alert(1)</script> | *x* `y`" in page.text
    text = file.with_suffix(".md").read_text()
    prose = "\n".join(line for line in text.split("\n") if not line.startswith((" ", ">     ")))
    assert "<script" not in prose and "<b>" not in prose
    assert r"\| \*x\* \`y\` \[z\](javascript:alert(1)) # heading" in prose
    assert not re.search("^# heading", text, flags=re.MULTILINE)


@pytest.mark.usefixtures("one_pixel")
def test_it_holds_no_path_of_this_machine(tmp_path: Path) -> None:
    trials = finished_trials(12)
    trials[4].reason = f"FileNotFoundError: [Errno 2] no such file: '{tmp_path}/cache/images.npy'"
    command = f"python -m search cifar_residual --trials 12 --weights {tmp_path}/deep/weights.npz"
    folder = make_run(tmp_path / "runs", trials=trials, command=command)
    make_record(folder, command=f"python -m analysis {folder}")
    file = report.write(folder)
    for path in (file, file.with_suffix(".md")):
        assert str(tmp_path) not in path.read_text() and "/deep/" not in path.read_text()
    assert "--weights …/weights.npz" in read(file).text


def test_twice_the_same_report(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "runs")
    make_record(folder)
    file = report.write(folder)
    first = {path.name: path.read_bytes() for path in file.parent.rglob("*") if path.is_file()}
    report.write(folder)
    assert first == {path.name: path.read_bytes() for path in file.parent.rglob("*") if path.is_file()}


def without_times(source: str) -> str:
    """Mask what is marked as a time, and the picture of the cost."""
    source = re.sub(r"<figure>\s*<img[^>]*minutes of training.*?</figure>", "COST", source, flags=re.DOTALL)
    return re.sub(r"<time>.*?</time>", "TIME", source)


def test_runs_that_differ_in_their_times_differ_in_marked_times_alone(tmp_path: Path) -> None:
    sources = []
    for place, slower in (("a", 1.0), ("b", 3.0)):
        folder = make_run(tmp_path / place, slower=slower)
        make_record(folder, slower=slower)
        sources.append(report.write(folder).read_text())
    assert sources[0] != sources[1]
    assert without_times(sources[0]) == without_times(sources[1])
