"""A report says the answer first, what is missing, and nothing that the run's folder does not hold."""

import base64
import dataclasses
import html
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from analysis import bootstrap, openings, report
from analysis.conclusion import conclusion
from analysis.openings import Opening
from search.run import RunError
from search.trial import Trial, best
from tests.analysis.figures.runs import finished
from tests.analysis.made import GOOD, POOR, retrained, searched

# Elements that end themselves, and the elements a page of ours is made of.
VOID = {"meta", "link", "img"}
USED = {"html", "head", "title", "style", "body", "header", "main", "nav", "section", "div", "p", "h1", "h2"}
USED |= {"ul", "li", "a", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "time", "figure"}
USED |= {"figcaption"} | VOID


@pytest.fixture
def drawn() -> None:
    """A test that uses this one looks at the pictures."""


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pictures that nobody looks at be one pixel: drawing them is what takes the time."""
    pixel = io.BytesIO()
    Image.new("L", (1, 1)).save(pixel, format="png")
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(Figure, "savefig", lambda self, file, **_: file.write(pixel.getvalue()))


class Page(HTMLParser):
    """A page as a browser sees it: its elements, properly nested, its pictures, its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def read(file: Path) -> Page:
    return Page(file.read_text())


def answer_of(file: Path) -> str:
    found = re.search(r'<p class="answer">(.*?)</p>', file.read_text())
    assert found
    return html.unescape(found[1]).replace("\N{NO-BREAK SPACE}", " ")


def without_times(source: str) -> str:
    """Mask what is marked as a time, and the picture of the cost."""
    source = re.sub(r"<figure>\s*<img[^>]*minutes of training.*?</figure>", "COST", source, flags=re.DOTALL)
    return re.sub(r"<time>.*?</time>", "TIME", source)


@pytest.mark.usefixtures("drawn")
def test_one_file_holds_everything(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder)
    file = report.write(folder)
    assert file == folder / "report" / "report.html"
    page, source = read(file), file.read_text()
    assert {name for name, _ in page.found} <= USED
    for image in page.all("img"):
        kind, _, data = str(image["src"]).partition(",")
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert kind == "data:image/png;base64" and picture.width > 600
            assert picture.convert("L").getextrema()[0] < 128
        assert len(str(image["alt"])) > 10
    assert len(page.all("img")) == 11
    assert {str(link["href"])[0] for link in page.all("a")} == {"#"}
    assert "http" not in source.replace("http-equiv", "") and "url(" not in source
    anchors = {str(each["id"]) for each in page.all("section")}
    assert {str(link["href"])[1:] for link in page.all("a")} == anchors


def test_markdown_says_the_same_and_its_pictures_are_there(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder)
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


def test_the_answer_agrees_with_the_numbers(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    found = retrained(folder)
    assert found.labels is not None
    right = [
        np.array([each.logits.argmax(axis=1) == found.labels for each in its.trainings])
        for its in found.configurations
    ]
    difference = bootstrap.over_seeds_and_images(*right)
    said = answer_of(report.write(folder))
    assert f"{100 * np.mean(GOOD):.1f} % of the 400 test images (mean of 3 seeds; 95 % interval" in said
    assert f"{100 * (np.mean(GOOD) - np.mean(POOR)):+.1f} points" in said
    assert said.endswith(f"{conclusion('best', 'default', difference, difference.p)}.")


def test_with_no_difference_no_difference_is_claimed(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder, {"best": (0.7, 0.75, 0.68), "default": (0.71, 0.73, 0.7)})
    assert "best against default: no difference shown at this size" in answer_of(report.write(folder))


def test_one_seed_says_nothing_of_others(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder, {"best": (0.75,), "default": (0.6,)})
    page = read(report.write(folder))
    assert "one seed; 95 % interval on these images" in page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "for these trained models, other seeds may differ" in page.text
    assert "One seed says nothing of others. With --seeds 5" in page.text


def test_without_retraining_it_says_so_and_what_to_type(tmp_path: Path) -> None:
    file = report.write(searched(tmp_path / "runs"))
    page = read(file)
    assert answer_of(file) == (
        "On 4,000 validation images that the search did not use, the best of 12 trials is right on 62.0 %; "
        "best over default: +3.0 points, interval 1.8 to 4.2; for these trained models, other seeds may "
        "differ."
    )
    assert "Nothing was retrained, and the test set is closed." in page.text
    assert "python -m analysis cifar_residual/first --seeds 5" in page.text
    assert len(page.all("img")) == 6


def test_an_unfinished_search_says_how_far_it_is_and_how_it_goes_on(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs", trials=finished(7), best={})
    file = report.write(folder)
    page = read(file)
    winner = best(finished(7))
    assert winner and answer_of(file).startswith(f"The best so far, trial {winner.number}, is right on")
    assert "7 of 12 trials" in page.text and "The search has not ended." in page.text
    assert "python -m search --resume cifar_residual/first" in page.text


@pytest.mark.parametrize("trials", [[], [Trial(0, dict(finished(1)[0].params))]])
def test_before_the_first_epoch_there_is_no_answer(tmp_path: Path, trials: list[Trial]) -> None:
    file = report.write(searched(tmp_path / "runs", trials=trials, best={}))
    assert answer_of(file) == "There is no answer yet: no trial has finished an epoch."


def test_missing_seeds_are_named(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder, asked=5)
    text = read(report.write(folder)).text
    assert "best with seed 4, default with seed 4, best with seed 5 and default with seed 5" in text
    assert "python -m analysis cifar_residual/first\n" in text


def test_a_failed_training_is_in_no_mean(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    found = retrained(folder)
    first, *others = found.configurations
    broken = dataclasses.replace(first.trainings[2], failed="loss is nan at epoch 3", logits=None)
    first = dataclasses.replace(first, trainings=(*first.trainings[:2], broken))
    (folder / "report" / "test-1.npz").unlink()
    retrained(folder, configurations=(first, *others))
    text = read(report.write(folder)).text
    assert "Failed, and in no mean: best with seed 3." in text
    assert f"{50 * (GOOD[0] + GOOD[1]):.1f}" in text and "mean of 2 seeds" in text


def test_a_best_found_after_the_retraining_is_told(tmp_path: Path) -> None:
    trials = finished(12)
    trials[3].epochs[6]["val_accuracy"] = 0.99
    folder = searched(tmp_path / "runs", trials=trials)
    retrained(folder)
    assert "The best is trial 3 by now; trial 9 was retrained." in read(report.write(folder)).text


def test_a_second_opening_of_the_test_set_is_said_before_anything_else(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder)
    once = report.write(folder).read_text()
    openings.add(folder, Opening("2026-11-23T09:00:00+00:00", {"best, seed 4": "b" * 64}, 6, 64))
    twice = report.write(folder).read_text()
    warning = "The test set was opened 2 times."
    assert warning not in once
    assert warning in twice[: twice.index("<h2>")]
    assert "bbbbbbbbbbbb" in twice and "2026-11-23 09:00:00" in twice


def test_nothing_from_a_file_becomes_markup(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> | *x* `y` [z](javascript:alert(1))\n# heading"
    trials = finished(12)
    trials[4].reason = evil
    folder = searched(
        tmp_path / "runs", "<b>study", trials=trials, command=f"python -m search {evil}", commit=evil
    )
    file = report.write(folder)
    page = read(file)
    assert {name for name, _ in page.found} <= USED
    assert "<script>alert(1)</script> | *x* `y`" in page.text
    text = file.with_suffix(".md").read_text()
    prose = "\n".join(line for line in text.split("\n") if not line.startswith((" ", ">     ")))
    assert "<script" not in prose and "<b>" not in prose
    assert r"\| \*x\* \`y\` \[z\](javascript:alert(1)) # heading" in prose
    assert not re.search("^# heading", text, flags=re.MULTILINE)


def test_it_holds_no_path_of_this_machine(tmp_path: Path) -> None:
    trials = finished(12)
    trials[4].reason = f"FileNotFoundError: [Errno 2] no such file: '{tmp_path}/cache/images.npy'"
    command = f"python -m search cifar_residual --trials 12 --weights {tmp_path}/deep/weights.npz"
    folder = searched(tmp_path / "runs", trials=trials, command=command)
    retrained(folder, command=f"python -m analysis {folder}")
    file = report.write(folder)
    for each in (file, file.with_suffix(".md")):
        assert str(tmp_path) not in each.read_text() and "/deep/" not in each.read_text()
    assert "--weights …/weights.npz" in read(file).text


@pytest.mark.usefixtures("drawn")
def test_twice_the_same_report(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder)
    file = report.write(folder)
    first = {each.name: each.read_bytes() for each in file.parent.rglob("*") if each.is_file()}
    report.write(folder)
    assert first == {each.name: each.read_bytes() for each in file.parent.rglob("*") if each.is_file()}


@pytest.mark.usefixtures("drawn")
def test_runs_that_differ_in_their_times_differ_in_marked_times_alone(tmp_path: Path) -> None:
    sources = []
    for place, slower in (("a", 1.0), ("b", 3.0)):
        folder = searched(tmp_path / place, slower=slower)
        retrained(folder, slower=slower)
        sources.append(report.write(folder).read_text())
    assert sources[0] != sources[1]
    assert without_times(sources[0]) == without_times(sources[1])


def test_how_to_reproduce_it(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs", command="python -m search cifar_residual --trials 10")
    retrained(folder)
    text = read(report.write(folder)).text
    commands = (
        f"git checkout {'c' * 40}\n"
        "pip install -e .\n"
        "python -m search cifar_residual --trials 10 --name first\n"
        "python -m search --resume cifar_residual/first --trials 12\n"
        "python -m analysis cifar_residual/first --seeds 3\n"
    )
    assert commands in text
    assert "f" * 64 in text and "7" * 64 in text and "3.15.1" in text


def test_uncommitted_changes_are_told(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs", commit=f"{'c' * 40}-dirty")
    text = read(report.write(folder)).text
    assert "The search ran with changes that were not committed" in text
    assert f"git checkout {'c' * 40}\n" in text


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    (folder / "run.json").write_text("{")
    with pytest.raises(RunError, match="is damaged"):
        report.write(folder)


def model_of(folder: Path, convolution: bool) -> None:
    """Keep an untrained model, as retraining keeps its best."""
    import keras

    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu")(inputs) if convolution else inputs
    outputs = keras.layers.Dense(10)(keras.layers.Flatten()(x))
    # Lists of one, as a model is given that is made of another one's inputs and outputs.
    keras.Model([inputs], [outputs]).save(folder / "report" / "model.keras")
    (folder / "report" / "model.json").write_text("{}")


def test_what_the_model_looks_at(tmp_path: Path) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder)
    assert "report/model.keras, is not there" in read(report.write(folder)).text
    model_of(folder, convolution=True)
    file = report.write(folder)
    assert "is not there" not in read(file).text
    drawn = {each.stem for each in (file.parent / "report-pictures").iterdir()}
    assert {"activations", "filter-patterns", "class-activation"} <= drawn


@pytest.mark.parametrize("fault", ["no convolution", "damaged"])
def test_a_model_that_cannot_be_drawn_is_told(tmp_path: Path, fault: str) -> None:
    folder = searched(tmp_path / "runs")
    retrained(folder)
    model_of(folder, convolution=False)
    if fault == "damaged":
        (folder / "report" / "model.keras").write_bytes(b"PK")
    text = read(report.write(folder)).text
    said = {
        "no convolution": "The pictures of the model cannot be drawn: the model has no convolution layer",
        "damaged": "report/model.keras is damaged",
    }
    assert said[fault] in text


def test_of_a_run_that_was_really_retrained_nothing_is_missing(tested: Path) -> None:
    file = report.write(tested)
    assert "This report is partial" not in read(file).text
    assert len(read(file).all("img")) == len(list((file.parent / "report-pictures").iterdir())) == 14
