"""The Python examples of the documents run as they stand, but for their sizes."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.documents import DOCUMENTS, python_examples

EXAMPLES = [(document, example) for document in DOCUMENTS for example in python_examples(document)]

# What a document says → the same in a few seconds.
SIZES = {
    "SearchOptions(trials=50)": (
        "SearchOptions(trials=2, epochs=1, train_images=32, local=True, "
        "fixed={'depth': 1, 'width': 8, 'normalization': 'batch', 'batch_size': 32, 'optimizer': 'adam'})"
    ),
    "trials=60": "trials=3, local=True",
}


def small(example: str) -> str:
    for size, smaller in SIZES.items():
        example = example.replace(size, smaller)
    return example


@pytest.mark.parametrize(("document", "example"), EXAMPLES, ids=[document.name for document, _ in EXAMPLES])
def test_a_python_example_runs(
    document: Path,
    example: str,
    small_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert small(example) != example
    exec(compile(small(example), document.name, "exec"), {})
    assert "'learning_rate': " in capsys.readouterr().out
    assert len(list(tmp_path.glob("runs/cifar_residual/*/journal.log"))) == 1


def test_the_readme_has_an_example_of_under_ten_lines() -> None:
    (example,) = python_examples(ROOT / "README.md")
    assert len(example.splitlines()) < 10
