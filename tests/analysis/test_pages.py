"""Every kind of page in headless Chromium, on a desk and on a phone: nothing broken, and nothing too wide."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis import report
from analysis.assignment import page as assignment
from analysis.compare import compare
from analysis.theory import theory
from tests.analysis.finished_run import make_run
from tests.browser import CHROMIUM, Browser, open_browser

# The assignment trains the models of its own figures.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def unfinished(folder: Path) -> Path:
    """Return the report of a search that was not retrained, of an earlier run."""
    return report.write(make_run(folder.parents[2], "cats_dogs_vgg16_augmented"))


def comparison(folder: Path) -> Path:
    """Return the comparison of a retrained run with itself and with a worse one of a long name."""
    other = folder.with_name("a_run_with_a_name_as_long_as_a_careful_user_gives_it_to_find_it_again")
    shutil.copytree(folder, other)
    return compare([folder, other])


PAGES: dict[str, Callable[[Path], Path]] = {
    "report": report.write,
    "report without retraining": unfinished,
    "comparison": comparison,
    "assignment": lambda folder: assignment.write(folder.parents[1]),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_whole_on_a_desk_and_on_a_phone(
    page: str, tested: Path, browser: Browser, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page == "assignment":  # the answers take minutes: they are made once for all tests
        answers = request.getfixturevalue("answers")
        monkeypatch.setattr(theory, "sections", lambda weights: answers)
    file = PAGES[page](tested)
    for width in (1000, 390):
        look = browser.look(file, width)
        assert look.images >= 2
        assert (look.broken, look.unnamed, look.complaints, look.requests) == ([], 0, [], [])
        assert look.sideways <= 0, f"{look.sideways} pixels too wide at {width}"


FAULTY = """<img src="http://127.0.0.1:8000/x.png"><img src="data:image/png;base64,AAAA" alt="no pixels">
<div style="width: 1500px">wide</div><script>console.log("a message")</script>"""


@pytest.mark.parametrize("width", [1000, 390])
def test_planted_faults_are_seen(width: int, tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "page.html").write_text(FAULTY)
    look = browser.look(tmp_path / "page.html", width)
    assert (look.images, look.broken, look.unnamed) == (2, ["", "no pixels"], 1)
    assert look.sideways > 400 and look.requests == ["http://127.0.0.1:8000/x.png"]
    assert any("a message" in complaint for complaint in look.complaints)
