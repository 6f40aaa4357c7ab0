"""Look at a study's model: its layers and parameters at a point of its space, and its augmentations.

    python -m models                                   the studies
    python -m models cifar_residual --set depth=4      layers and parameters
    python -m models cifar_residual --show             and a picture of what augmentation does

Results go to stdout, progress to stderr. Exit 0 done, 1 failed, 2 a usage error.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import models
from data.terminal.arguments import command_line


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    said = parser.parse_args(arguments)
    if said.study is None:
        if said.set or said.show:
            parser.error("--set and --show need a study")
        print(models.table())
        return 0
    try:
        study = models.load(said.study)
        if said.show and "augmentation" not in study.space:
            raise ValueError(f"--show: {said.study} augments nothing")
        point, text = _point(study, said.set or [])
    except ValueError as error:
        parser.error(str(error))
    print(text)
    try:
        _layers(study, point)
        if said.show:
            _show(said.study, study, point)
    except Exception as error:
        from data import DataError

        if not isinstance(error, DataError | OSError):
            raise
        print(f"python -m models: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_line("python -m models", "%(prog)s [STUDY] [--set K=V …] [--show]", __doc__ or "")
    parser.add_argument("study", nargs="?", metavar="STUDY", help=f"one of {', '.join(models.names())}")
    parser.add_argument("--set", action="append", metavar="K=V", help="a hyperparameter; may be repeated")
    parser.add_argument("--show", action="store_true", help="write STUDY-augmentations.png here")
    return parser


def _point(study: models.Study, said: list[str]) -> tuple[dict[str, Any], str]:
    from models.space import points

    whole = study.distributions(gpu=True)
    point = points.default(study, points.fix(whole, whole, said))
    width = max(map(len, whole))
    rows = [f"  {name:{width}}  {point[name]!s:10}  of {points.show(whole[name])}" for name in whole]
    return point, "\n".join(["Hyperparameters:", *rows])


def _layers(study: models.Study, point: dict[str, Any]) -> None:
    import numpy as np

    import data
    from models.parts.keras_import import import_keras

    import_keras()
    shape, classes = data.shape(study.dataset)
    if study.base:
        shape = study.base(shape, None, **study.section("base", point)).output_shape[1:]
        print(f"Its frozen base gives features {'×'.join(map(str, shape))}.")
    model = study.build(shape, classes, **study.section("model", point))
    rows = [
        (layer.name, type(layer).__name__, _shape(layer), f"{layer.count_params():,}")
        for layer in model.layers
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print(f"Layers, from {shape} to {classes} logits, with the shape of what they give and their parameters:")
    for name, kind, gives, count in rows:
        print(f"  {name:{widths[0]}}  {kind:{widths[1]}}  {gives:{widths[2]}}  {count:>{widths[3]}}")
    trained = sum(int(np.prod(each.shape)) for each in model.trainable_variables)
    print(f"{model.count_params():,} parameters, {trained:,} of them trained")


def _shape(layer: Any) -> str:
    return "×".join(str(size) for size in layer.output.shape[1:])


def _show(name: str, study: models.Study, point: dict[str, Any]) -> None:
    import data
    from models.parts.augmentation_sheet import augmentations

    image = data.prepare(study.dataset).training.images[0]
    path = Path(f"{name}-augmentations.png")
    augmentations(image, path, seed=0, **study.section("augmentation", point))
    print(f"24 augmentations of one image: {path}")


if __name__ == "__main__":
    sys.exit(main())
