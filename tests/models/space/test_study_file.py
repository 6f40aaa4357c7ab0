"""A study is a file anywhere; what is wrong in it is told with its line."""

from pathlib import Path

import pytest

import models
from models import UnknownStudy
from models.space.study_file import file_summary, line_of, study_name

STUDY = '''"""Do wide layers help?"""

from optuna.distributions import FloatDistribution, IntDistribution

from models import Study

SPACE = {
    "model": {"width": IntDistribution(4, 16)},
    "fit": {"learning_rate": FloatDistribution(1e-4, 1e-2, log=True)},
}


def build(input_shape, classes, *, width=8):
    return no_such_name(width)


STUDY = Study(dataset="cifar10", space=SPACE, build=build, max_epochs=4)
'''


@pytest.fixture
def write(tmp_path: Path) -> "Write":
    return Write(tmp_path / "my_study.py")


class Write:
    """Writes a study's file, with something replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, before: str = "", after: str = "") -> str:
        assert before in STUDY
        self.path.write_text(STUDY.replace(before, after, 1) if before else STUDY)
        return str(self.path)


def test_a_file_is_a_study(write: Write) -> None:
    study = models.load(write())
    assert set(study.distributions(gpu=False)) == {"width", "learning_rate"}
    assert study_name(write.path) == "my_study"
    assert file_summary(write.path) == "Do wide layers help?"


def test_an_edited_file_is_another_study(write: Write) -> None:
    first = models.load(write())
    assert models.load(write("max_epochs=4", "max_epochs=5")).max_epochs == 5
    assert first.max_epochs == 4


def test_an_error_in_build_is_at_its_line(write: Write) -> None:
    study = models.load(write())
    with pytest.raises(NameError) as error:
        study.build((32, 32, 3), 10, width=8)
    assert line_of(error.value) == f"{write.path}, line 14: "
    assert line_of(ValueError("of ours")) == ""


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("def build", "def def", r"my_study\.py, line 13: invalid syntax"),
        (
            "from models import",
            "from modells import",
            r"my_study\.py, line 5: ModuleNotFoundError: .*modells",
        ),
        ("STUDY = Study", "study = Study", r"it has no STUDY = Study\("),
        ("width=8", "depth=8", r"line 13: build has no argument 'width', which SPACE\['model'\] has"),
        ("*, width=8", "*, width", r"line 13: build: 'width' needs a default"),
        ("*, width=8", "*, more, width=8", r"line 13: build needs 'more', which SPACE\['model'\] does not"),
        ("IntDistribution(4, 16)", "(4, 16)", "width is a tuple, not an Optuna distribution"),
        (
            '"learning_rate"',
            '"rate"',
            r"SPACE\['fit'\]: there is no 'rate'; there are optimizer, learning_rate",
        ),
        ('"fit": {', '"fitt": {', "no section 'fitt'; there are base, model, fit, augmentation"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(write: Write, before: str, after: str, message: str) -> None:
    with pytest.raises(UnknownStudy, match=message):
        models.load(write(before, after))


def test_a_file_that_is_not_there_or_has_a_taken_name_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownStudy, match=r"cannot read the study .*none\.py: No such file"):
        models.load(str(tmp_path / "none.py"))
    with pytest.raises(UnknownStudy, match="cifar_basic is the name of a shipped study; rename the file"):
        study_name(tmp_path / "cifar_basic.py")
    with pytest.raises(UnknownStudy, match="named with letters, digits and '_'"):
        study_name(tmp_path / "my study.py")
