"""`python -m analysis theory` writes the answers, and names the command where data are missing."""

import re
from pathlib import Path

import pytest

import data
from analysis.__main__ import main
from analysis.document.document import Notice, Picture, Text
from analysis.theory import theory
from tests.analysis.report_page import USED, read

NUMERIC = ["1", "2", "3", "7", "8", "11"]


def test_numeric_questions_need_no_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "empty"))
    assert main(["theory", "--question", *NUMERIC, "--runs", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"Report: {tmp_path / 'theory' / 'theory.html'}\n"
    page = read(tmp_path / "theory" / "theory.html")
    assert {name for name, _ in page.elements} <= USED | {"h3"}
    headings = re.findall(r"^## (\d+)\.", (tmp_path / "theory" / "theory.md").read_text(), re.MULTILINE)
    assert headings == NUMERIC


def test_missing_data_are_named_with_their_command_and_the_text_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNN_SEARCH_CACHE", str(tmp_path / "empty"))
    file = theory.write(tmp_path, questions=[4, 14])
    text = file.with_suffix(".md").read_text()
    assert "python -m data cats\\_dogs" in text or "python -m data cats_dogs" in text
    assert "python -m data cifar10" in text
    assert text.count("is missing") == 2
    assert "a filter is a small picture" in text and "{" not in text


def test_every_question_has_its_demonstration() -> None:
    assert list(theory.DEMONSTRATIONS) == list(range(1, 22))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--question", "22"], "argument --question: invalid choice: 22"),
        (["--weights"], "argument --weights: expected one argument"),
    ],
)
def test_a_wrong_command_is_a_usage_error(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["theory", *arguments])
    assert stop.value.code == 2
    assert why in capsys.readouterr().err


def test_weights_that_do_not_exist_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = tmp_path / "no.npz"
    assert main(["theory", "--question", "1", "--weights", str(weights), "--runs", str(tmp_path)]) == 1
    assert f"--weights {weights}: does not exist" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_with_prepared_data_every_explained_question_has_its_figure(request: pytest.FixtureRequest) -> None:
    for name in ("cifar10", "cats_dogs"):
        try:
            data.load(name)
        except data.DataError as error:
            pytest.skip(str(error))
    numeric = {int(number) for number in NUMERIC}
    for number, section in enumerate(request.getfixturevalue("answers"), start=1):
        assert not any(isinstance(block, Notice) for block in section.blocks), section.heading
        pictures = [block for block in section.blocks if isinstance(block, Picture)]
        assert bool(pictures) != (number in numeric), section.heading
        texts = [block.words for block in section.blocks if isinstance(block, Text)]
        assert not any("{" in words or "nan" in words.split() for words in texts), section.heading
