"""The published archives of cats and dogs, without a network."""

from collections.abc import Callable
from pathlib import Path

import pytest

import data
from data import DataError, cats_dogs
from data.sources.download import OutOfReach
from tests.data.pets import pictures, write_zip

pytestmark = pytest.mark.usefixtures("few")

Answer = Callable[[Path], None]


def serving(monkeypatch: pytest.MonkeyPatch, **answers: Answer) -> list[str]:
    """Serve these files in place of the published ones; return the list of requests."""
    requested = []

    def download(url: str, target: Path, md5: None, timeout: float) -> None:
        version = url.rpartition("_")[2].removesuffix(".zip")
        requested.append(version)
        assert timeout * len(cats_dogs.PUBLISHED) <= 10
        if version not in answers:
            raise OutOfReach(f"{url} is out of reach (HTTP Error 404: Not Found)")
        answers[version](target)

    monkeypatch.setattr(cats_dogs, "download", download)
    return requested


def published(target: Path) -> None:
    write_zip(target, pictures())


def page(target: Path) -> None:
    target.write_text("<html>sign in to this network</html>")


def test_the_successor_is_requested_first_and_then_the_link_of_the_course(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested = serving(monkeypatch, **{"5340": published, "3367a": published})
    assert len(data.prepare("cats_dogs").training) == 12
    assert requested == ["5340"]
    (cache / "cats_dogs" / "description.json").unlink()
    requested = serving(monkeypatch, **{"5340": page, "3367a": published})
    assert len(data.prepare("cats_dogs").training) == 12
    assert requested == ["5340", "3367a"]
    assert not list((cache / "downloads").iterdir())


def test_without_a_network_one_line_says_what_to_do(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving(monkeypatch, **{"5340": page})
    with pytest.raises(DataError) as caught:
        data.prepare("cats_dogs")
    assert "kagglecatsanddogs_5340.zip is not a zip archive; it was removed" in str(caught.value)
    assert "kagglecatsanddogs_3367a.zip is out of reach (HTTP Error 404: Not Found)" in str(caught.value)
    assert "or folder of cats and dogs: python -m data cats_dogs --source PATH" in str(caught.value)
    assert not list(cache.rglob("*.zip"))
