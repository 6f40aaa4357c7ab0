"""A study is found by its file name, and its params are divided among the functions that take them."""

from pathlib import Path

import pytest
from optuna.distributions import IntDistribution

import models
from models.space import study as module
from models.space.study import Study, signature_defaults


def build(input_shape: tuple[int, ...], classes: int, *, depth: int = 3, width: int = 8) -> None: ...


SPACE = {
    "model": {"depth": IntDistribution(1, 4), "width": IntDistribution(8, 64)},
    "fit": {"batch_size": IntDistribution(1, 9), "dropout": IntDistribution(0, 1)},
    "augmentation": {"shift": IntDistribution(0, 4)},
}
STUDY = Study("cifar10", SPACE, build, 30, on_cpu={"width": IntDistribution(8, 16)})
PARAMS = {"depth": 2, "width": 8, "batch_size": 4, "dropout": 0, "shift": 3}


def test_each_section_gets_its_own_params() -> None:
    assert STUDY.section("model", PARAMS) == {"depth": 2, "width": 8}
    assert STUDY.section("augmentation", PARAMS) == {"shift": 3}
    assert STUDY.section("base", PARAMS) == {}


def test_without_a_gpu_the_space_is_narrower_and_as_wide_as_defined_with_one() -> None:
    assert STUDY.distributions(gpu=True)["width"] == IntDistribution(8, 64)
    assert STUDY.distributions(gpu=False)["width"] == IntDistribution(8, 16)
    assert list(STUDY.distributions(gpu=True)) == list(STUDY.distributions(gpu=False)) == list(PARAMS)


def test_what_is_compiled_does_not_depend_on_rates_augmentation_or_order() -> None:
    other = {**dict(reversed(PARAMS.items())), "dropout": 1, "shift": 0}
    assert STUDY.compiled(other) == STUDY.compiled(PARAMS) == (("batch_size", 4), ("depth", 2), ("width", 8))
    assert STUDY.compiled({**PARAMS, "depth": 3}) != STUDY.compiled(PARAMS)


def test_the_defaults_of_a_function_are_those_of_its_keyword_only_arguments() -> None:
    def function(images: object, seed: int = 0, *, depth: int = 3, width: int) -> None: ...

    assert signature_defaults(function) == {"depth": 3}


def test_a_new_file_is_a_new_study_listed_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    (tmp_path / "mine.py").write_text('"""How deep is deep? (my part)\n\nMore.\n"""\nraise SystemExit\n')
    (tmp_path / "another.py").write_text("raise SystemExit\n")
    (tmp_path / "__init__.py").write_text("")
    assert models.names() == ["another", "mine"]
    assert models.summary("mine") == "How deep is deep? (my part)"
    assert models.table().splitlines() == ["another  ", "mine     How deep is deep? (my part)"]


def test_a_misspelt_study_is_answered_with_the_nearest_and_the_valid_names() -> None:
    with pytest.raises(models.UnknownStudy) as error:
        models.load("cifar_resdiual")
    assert "no study 'cifar_resdiual'. Did you mean cifar_residual?" in str(error.value)
    assert str(error.value).endswith(f"Studies: {', '.join(models.names())}, or a file: ./my_study.py")
    with pytest.raises(models.UnknownStudy, match="no study 'zzz'. Studies: cats_dogs_cnn"):
        models.load("zzz")
