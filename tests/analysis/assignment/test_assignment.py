"""The document holds the theory and all parts, in order, whatever runs there are."""

import re
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.assignment import page
from analysis.theory import answer, theory
from tests.analysis.finished_run import make_record, make_run
from tests.analysis.report_page import USED, answer_of, read


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The document without data: only the numeric answers are computed."""
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "empty"))
    make_record(make_run(tmp_path, "cifar_basic"))
    return page.write(tmp_path)


@pytest.mark.usefixtures("one_pixel")
def test_all_questions_and_all_parts_are_in_it(written: Path) -> None:
    page = read(written)
    assert {name for name, _ in page.elements} <= USED | {"h3"}
    links = [link["href"] for link in page.all("a")]
    assert len(links) == len(set(links))
    assert {f"#{section['id']}" for section in page.all("section")} == set(links)
    headings = re.findall(r"<h3>(.*?)</h3>", written.read_text())
    assert len(headings) == len(answer.numbers()) + 14
    assert [heading.split(".")[0] for heading in headings[:21]] == [str(n) for n in range(1, 22)]
    assert all(image["alt"] for image in page.all("img"))
    assert answer_of(written).startswith("21 theory questions are answered; of the 7 studies")
    assert "1 has a tested run" in answer_of(written)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--budget", "2h"], "--budget is for --run-missing"),
        (["--run-missing", "--budget", "soon"], "'soon' is not a time like 90s, 30m, 2h or 1h30m"),
    ],
)
def test_a_wrong_command_is_a_usage_error(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["assignment", *arguments])
    assert stop.value.code == 2
    assert why in capsys.readouterr().err


def test_what_is_missing_is_run_first_and_a_failure_is_an_exit_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "analysis.assignment.missing.run_missing", lambda runs, budget, weights: [f"{budget}"]
    )
    monkeypatch.setattr(theory, "sections", lambda weights: [])
    assert main(["assignment", "--run-missing", "--budget", "40m", "--runs", str(tmp_path)]) == 1
    output = capsys.readouterr()
    assert output.out == f"Report: {tmp_path / 'assignment' / 'assignment.html'}\n"
    assert "did not succeed: 2400.0" in output.err
