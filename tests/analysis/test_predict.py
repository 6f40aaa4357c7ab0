"""The kept model classifies any picture, and files that are not pictures are named."""

import json
import os
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, features

import data
from analysis.retraining.kept_model import load
from search.training.batches import scaled
from tests.analysis.conftest import NAME, Call, Retrained, record_of


def test_the_kept_model_is_the_one_that_was_tested(retrained: Retrained, small_cache: Path) -> None:
    record = record_of(retrained.runs / NAME)
    model, description = load(record.folder)
    chosen = record.configurations[0].chosen()
    assert chosen and chosen.logits is not None and chosen.seed == description["seed"]
    assert chosen.value == max(training.value for training in record.configurations[0].trainings)
    images = np.load(small_cache / "cifar10/test_images.npy")
    np.testing.assert_allclose(model.predict(scaled(images), verbose=0), chosen.logits, atol=1e-4)
    assert record.labels is not None and record.examples is not None
    np.testing.assert_array_equal(record.labels, np.load(small_cache / "cifar10/test_labels.npy"))
    np.testing.assert_array_equal(record.examples.images, images[record.examples.positions])
    assert record.configurations[0].parameters == model.count_params()


def test_a_picture_of_any_size_and_mode_gets_a_class_and_probabilities(
    tested: Path, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pixels = data.load("cifar10").training.images[0]
    image = Image.fromarray(pixels)
    image.save(tmp_path / "same.png")
    image.resize((500, 300)).save(tmp_path / "large.jpg")
    image.convert("L").save(tmp_path / "grey.png")
    image.convert("CMYK").save(tmp_path / "cmyk.jpg")
    names = ["same.png", "large.jpg", "grey.png", "cmyk.jpg"]
    assert call("predict", NAME, *names) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == names
    pairs = [entry.split() for entry in lines[0].partition(": ")[2].split(", ")]
    printed = {name: float(probability) for name, probability in pairs}
    model, description = load(tested)
    probabilities = keras.ops.softmax(model.predict(scaled(pixels[None]), verbose=0))[0]
    expected = dict(zip(description["classes"], np.asarray(probabilities), strict=True))
    assert printed == pytest.approx(expected, abs=1e-4)
    assert list(printed.values()) == sorted(printed.values(), reverse=True)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.png", "caf\\xe9.png"),
        (b"\x1b]0;owned\x07\x1b[31m.png", "\\x1b]0;owned\\x07\\x1b[31m.png"),
        (b"a.png: frog 1.0000\nb.png", "a.png: frog 1.0000\\nb.png"),
        ("\u202egnp.exe".encode(), "\\u202egnp.exe"),
    ],
)
def test_a_name_is_escaped_and_later_pictures_are_answered(
    tested: Path, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: bytes, shown: str
) -> None:
    odd = tmp_path / os.fsdecode(name)
    Image.new("RGB", (40, 40)).save(tmp_path / "good.png")
    odd.write_bytes((tmp_path / "good.png").read_bytes())
    assert call("predict", NAME, odd.name, "good.png") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition(": ")[0] for line in lines] == [shown, "good.png"]
    odd.write_bytes(b"text")
    assert call("predict", NAME, odd.name) == 1
    assert capsys.readouterr().err == f"python -m analysis: {shown}: not a picture\n"


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_answered(
    tested: Path, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "good.png")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("no picture at all")
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    bad = ["cut.png", "text.jpg", "bomb.png", "pipe", "folder", "nowhere.jpg"]
    assert call("predict", NAME, *bad[:3], "good.png", *bad[3:]) == 1
    output = capsys.readouterr()
    assert [line.partition(":")[0] for line in output.out.splitlines()] == ["good.png"]
    reasons = [
        "truncated",
        "not a picture",
        "over 120,000,000 pixels",
        "not a regular file",
        "not a regular file",
    ]
    reasons.append("the file does not exist")
    expected = [f"python -m analysis: {name}: {why}" for name, why in zip(bad, reasons, strict=True)]
    assert output.err.splitlines() == expected


def test_photographs_of_phones_are_classified_and_what_is_not_read_is_named(
    tested: Path, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photograph = Image.effect_noise((504, 378), 60).convert("RGB").resize((8064, 6048))  # 48 megapixels
    photograph.save(tmp_path / "phone.jpg", quality=95)
    for name in ("scan.tiff", "web.avif") if features.check("avif") else ("scan.tiff",):
        photograph.resize((640, 480)).save(tmp_path / name)
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x20ftypheic\0\0\0\0mif1heic" + bytes(2000))
    names = [name for name in ("phone.jpg", "scan.tiff", "web.avif") if (tmp_path / name).exists()]
    assert call("predict", NAME, *names, "phone.heic") == 1
    output = capsys.readouterr()
    assert [line.partition(":")[0] for line in output.out.splitlines()] == names
    assert output.err == (
        "python -m analysis: phone.heic: HEIC, which is not read; "
        "convert it with `heif-convert IN OUT.jpg`, or export it as JPEG\n"
    )


def test_a_run_without_a_model_says_what_makes_one(
    run: Path, call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("predict", NAME, "image.jpg") == 1
    assert capsys.readouterr().err == (
        f"python -m analysis: {NAME} has no model yet: python -m analysis {NAME}\n"
    )


@pytest.mark.parametrize("hostile", [True, False])
def test_a_hostile_or_damaged_model_runs_nothing_and_is_one_line(
    tested: Path, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], hostile: bool
) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "image.png")
    file = tested / "report/model.keras"
    if hostile:
        mark = str(tmp_path / "was here")
        inputs = keras.Input((32, 32, 3))
        evil = keras.layers.Lambda(lambda x: (Path(mark).write_bytes(b""), x)[1], output_shape=(32, 32, 3))
        keras.Model(inputs, evil(inputs)).save(file)
        Path(mark).unlink(missing_ok=True)
    else:
        file.write_bytes(file.read_bytes()[:1000])
    assert call("predict", NAME, "image.png") == 1
    output = capsys.readouterr()
    assert output.out == "" and len(output.err.splitlines()) == 1
    assert f"{file} is damaged" in output.err
    assert not (tmp_path / "was here").exists()


def test_what_is_needed_to_use_the_model_elsewhere_stands_beside_it(retrained: Retrained) -> None:
    description = json.loads((retrained.runs / NAME / "report/model.json").read_text())
    assert description["input"] == [32, 32, 3]
    assert (
        description["classes"][:3] == ["airplane", "automobile", "bird"] and len(description["classes"]) == 10
    )
    assert description["preparation"] == "RGB, stretched to height and width, uint8 or float32 in 0 to 255"
