"""A study of a user's own: a Python file anywhere, with a `STUDY` in it.

What is wrong in it is told with its line. The rules that a test holds the shipped studies to do not hold
here; what a search could not do without is checked: `build` takes the hyperparameters of the space.
"""

import ast
import functools
import hashlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from models.space.study import FOLDER, SECTIONS, Study, UnknownStudy, signature_defaults

_loaded: set[str] = set()  # the files of studies that were loaded, as their code names them


def is_file(name: str) -> bool:
    """Return whether a study is given as a file."""
    return name.endswith(".py")


def load_file(path: Path) -> Study:
    """Return the study in a file.

    Raises:
        UnknownStudy: there is no such file, or it holds no study; the message names the line.
    """
    return _load(path.resolve(), text_of(path))


def text_of(path: Path) -> str:
    """Return the text of a file. Raises UnknownStudy."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UnknownStudy(f"cannot read the study {path}: {reason}") from None


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a study's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def study_name(path: Path) -> str:
    """Return the name of the study in a file: the file's, without its suffix.

    Raises:
        UnknownStudy: a shipped study has this name, or it cannot be the name of a folder of runs.
    """
    if not path.stem.isidentifier():
        raise UnknownStudy(f"{path}: a study's file is named with letters, digits and '_', as my_study.py")
    if (FOLDER / path.name).exists() and path.resolve().parent != FOLDER:
        raise UnknownStudy(f"{path}: {path.stem} is the name of a shipped study; rename the file")
    return path.stem


def file_summary(path: Path) -> str:
    """Return the first line of a file's docstring, or its name where there is none."""
    try:
        text = ast.get_docstring(ast.parse(text_of(path))) or ""
    except (UnknownStudy, SyntaxError, ValueError):
        text = ""
    return text.partition("\n")[0] or path.stem


def line_of(error: BaseException) -> str:
    """Return "FILE, line N: ", the innermost line of a user's study that an exception came through; or ""."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in _loaded]
    return f"{frames[-1].filename}, line {frames[-1].lineno}: " if frames else ""


@functools.lru_cache(maxsize=8)
def _load(path: Path, text: str) -> Study:
    module = ModuleType(f"study_{fingerprint(text)[:12]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # inspect finds a function's source by its module
    _loaded.add(str(path))
    try:
        exec(compile(text, str(path), "exec"), vars(module))
    except SyntaxError as error:
        raise UnknownStudy(f"{path}, line {error.lineno}: {error.msg}") from None
    except Exception as error:  # of whatever type the user's code raises
        place = line_of(error) or f"{path}: "
        raise UnknownStudy(f"{place}{type(error).__name__}: {error}") from None
    study = vars(module).get("STUDY")
    if not isinstance(study, Study):
        raise UnknownStudy(f"{path}: it has no STUDY = Study(…), as models/cifar_basic.py has")
    for problem in _problems(study):
        raise UnknownStudy(f"{path}, {problem}")
    return study


def _problems(study: Study) -> Iterator[str]:
    """Yield what a search of the study would fail of."""
    from optuna.distributions import BaseDistribution

    from models.parts.augmentation import augment
    from models.space.points import FIT_DEFAULTS

    if unknown := set(study.space) - set(SECTIONS):
        yield f"SPACE: no section {_named(unknown)}; there are {', '.join(SECTIONS)}"
    for section in study.space.values():
        for name, values in section.items():
            if not isinstance(values, BaseDistribution):
                yield f"SPACE: {name} is a {type(values).__name__}, not an Optuna distribution"
    yield from _signature_problems("build", study.build, study.space.get("model", {}), study.default)
    if study.base:
        yield from _signature_problems("base", study.base, study.space.get("base", {}), study.default)
    for kind, known in (("fit", FIT_DEFAULTS), ("augmentation", signature_defaults(augment))):
        if unknown := study.space.get(kind, {}).keys() - known.keys():
            yield f"SPACE[{kind!r}]: there is no {_named(unknown)}; there are {', '.join(known)}"


def _signature_problems(name: str, function: Any, section: Any, default: Any) -> Iterator[str]:
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)
    parameters = inspect.signature(function).parameters.values()
    arguments = [item for item in parameters if item.kind is item.KEYWORD_ONLY]
    keywords = {item.name for item in arguments}
    needed = {item.name for item in arguments if item.default is item.empty}
    kind = "model" if name == "build" else name
    if missing := section.keys() - keywords:
        yield f"line {line}: {name} has no argument {_named(missing)}, which SPACE[{kind!r}] has"
    if more := needed - section.keys():
        yield f"line {line}: {name} needs {_named(more)}, which SPACE[{kind!r}] does not have"
    if open_ := (needed & section.keys()) - default.keys():
        yield f"line {line}: {name}: {_named(open_)} needs a default: the first trial is the default"


def _named(names: set[str]) -> str:
    return ", ".join(map(repr, sorted(names)))
