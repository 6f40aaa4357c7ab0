"""Look at a study's model: its params, its layers, and what its augmentation does.

    python -m models                                   the studies
    python -m models cifar_residual --set depth=4      layers and parameters at a point of the search space
    python -m models cifar_residual --show             also writes a picture of augmented images

Results go to stdout, progress to stderr. Exit status: 0 done, 1 failed, 2 usage error.
"""

import argparse
import math
import sys
from pathlib import Path
from typing import Any

import models
from data.terminal.arguments import command_line
from data.terminal.output import plain_output
from models.parts.keras_import import backend


@plain_output()
def main(command: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = _parser()
    arguments = parser.parse_args(command)
    if arguments.study is None:
        if arguments.set or arguments.show:
            parser.error("--set and --show need a STUDY")
        print(models.table())
        return 0
    try:
        study = models.load(arguments.study)
        if arguments.show and "augmentation" not in study.space:
            raise ValueError(f"--show: {arguments.study} uses no augmentation")
        params, table = _params(study, arguments.set)
        backend()
    except ValueError as error:
        parser.error(str(error))
    print(table)
    return _print_model(arguments.study, study, params, show=arguments.show)


def _parser() -> argparse.ArgumentParser:
    parser = command_line("python -m models", "%(prog)s [STUDY] [--set K=V …] [--show]", __doc__ or "")
    parser.add_argument("study", nargs="?", metavar="STUDY", help=f"one of {', '.join(models.names())}")
    parser.add_argument(
        "--set", action="append", default=[], metavar="K=V", help="value of a hyperparameter; may be repeated"
    )
    parser.add_argument("--show", action="store_true", help="write STUDY-augmentations.png in this folder")
    return parser


def _params(study: models.Study, settings: list[str]) -> tuple[dict[str, Any], str]:
    """Return the params at the point that `--set` asks for, and a table of them."""
    from data.terminal.table import aligned
    from models.space import points

    space = study.distributions(gpu=True)
    params = points.default_params(study, points.fix_params(space, space, settings))
    ranges = {name: points.format_distribution(distribution) for name, distribution in space.items()}
    rows = [(name, str(params[name]), ranges[name]) for name in space]
    return params, aligned([("hyperparameter", "value", "search space"), *rows])


def _print_model(name: str, study: models.Study, params: dict[str, Any], *, show: bool) -> int:
    """Print the layers of a model, and write its augmentations if `show`; return the exit status."""
    from data import DataError

    try:
        print(_layers(study, params))
        if show:
            path = Path(f"{name}-augmentations.png")
            _augmentations(study, params, path)
            print(f"24 augmentations of one image: {path}")
    except (DataError, OSError) as error:
        print(f"python -m models: {error}", file=sys.stderr)
        return 1
    return 0


def _layers(study: models.Study, params: dict[str, Any]) -> str:
    """Return a table of the layers with their parameters; a frozen base is one line before it."""
    # Keras's own `model.summary()` needs three lines a layer and cuts names and shapes off at 80 columns.
    import data
    from data.terminal.table import aligned
    from models.parts.keras_import import import_keras

    import_keras()
    shape, classes = data.shape(study.dataset)
    lines = [""]
    if study.base:
        base = study.base(shape, None, **study.section("base", params))
        lines.append(
            f"The frozen base maps images {_text(shape)} to features {_text(base.output_shape[1:])}."
        )
        shape = base.output_shape[1:]
    model = study.build(shape, classes, **study.section("model", params))
    rows = [
        (layer.name, type(layer).__name__, _text(layer.output.shape[1:]), f"{layer.count_params():>10,}")
        for layer in model.layers
    ]
    trainable = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    return "\n".join([
        *lines,
        aligned([("layer", "type", "output shape", "parameters"), *rows]),
        f"{model.count_params():,} parameters, {trainable:,} of them trainable",
    ])  # fmt: skip


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _augmentations(study: models.Study, params: dict[str, Any], path: Path) -> None:
    import data
    from models.parts.augmentation_sheet import write_augmentation_sheet

    image = data.prepare(study.dataset).training.images[0]
    write_augmentation_sheet(image, path, seed=0, **study.section("augmentation", params))


if __name__ == "__main__":
    sys.exit(main())
