"""The command lines of `python -m data`, `models`, `search` and `analysis`: their parsers and types."""

import argparse
import difflib
import errno
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

LARGEST = 10**9  # of a number of trials, epochs or images: more is a slip of the keyboard
LONGEST_PATH = 400  # characters of a path that a message names whole

# s3://bucket, and what Path makes of it. A folder of such a name is ./s3:/bucket.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def command_line(program: str, usage: str, text: str) -> argparse.ArgumentParser:
    """Return a parser without arguments; a misspelt flag is an error that names the nearest one.

    Args:
        program: "python -m search", for example.
        usage: what errors and `--help` print after `usage:`.
        text: the module's docstring: its first line describes the command, the rest is printed after the
            arguments in `--help`.
    """
    first, _, rest = text.partition("\n")
    return _Parser(
        prog=program,
        usage=usage,
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def nearest(name: str, choices: Iterable[str]) -> str:
    """Return the choice that is spelt most like a name; "" if none is alike.

    >>> nearest("cifar", ["cats_dogs", "cifar10"])
    'cifar10'
    """
    return next(iter(difflib.get_close_matches(name, list(choices), n=1)), "")


def count(text: str) -> int:
    """Return a whole number from 1 to `LARGEST`; the type of an argument.

    Raises:
        argparse.ArgumentTypeError: it is not one.
    """
    if not text.isdecimal() or not text.strip("0"):
        raise argparse.ArgumentTypeError(f"{shortened(text)!r} is not a whole number from 1 on")
    if len(text) > 4000 or int(text) > LARGEST:  # Python converts no more digits
        raise argparse.ArgumentTypeError(f"{shortened(text)!r} is more than {LARGEST:,}")
    return int(text)


def path(text: str) -> Path:
    """Return a path, which need not exist; the type of an argument. "~/" is the user's home.

    Raises:
        argparse.ArgumentTypeError: it is an address, empty, or too long for the file system.
    """
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    if is_address(text):
        raise argparse.ArgumentTypeError(not_a_path(text))
    # A shell leaves the "~" of --runs=~/runs to us; Path would make a folder of this name.
    expanded = Path(text).expanduser() if text == "~" or text.startswith("~/") else Path(text)
    try:
        os.stat(expanded)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            raise argparse.ArgumentTypeError(f"{shortened(text)!r}: {error.strerror}") from None
    except ValueError as error:  # a null character
        raise argparse.ArgumentTypeError(f"{shortened(text)!r}: {error}") from None
    return expanded


def run_name(text: str) -> str:
    """Return a run as it was given, a path or STUDY/NAME; the type of an argument.

    Raises:
        argparse.ArgumentTypeError: it is an address, empty, or too long for the file system.
    """
    return str(path(text))


def is_address(text: Path | str) -> bool:
    """Return whether a text is an address like s3://bucket/folder, which no path of this machine is."""
    return _ADDRESS.match(str(text)) is not None


def not_a_path(text: Path | str) -> str:
    """Return what to tell of an address in place of a path."""
    return (
        f"{shortened(str(text))} is an address, not a path: mount it, or copy it, and give the path on this "
        "machine"
    )


def shortened(text: str) -> str:
    """Return text of at most 80 characters, for a message."""
    return text if len(text) <= 80 else f"{text[:79]}…"


def _shortened_word(match: re.Match[str]) -> str:
    """Return a long word without its middle. A path is left whole: the user has to find the file."""
    word = match[0]
    return word if "/" in word and len(word) <= LONGEST_PATH else f"{word[:39]}…{word[-40:]}"


def duration(text: str) -> float:
    """Return the seconds of a time; the type of an argument.

    Raises:
        argparse.ArgumentTypeError: it is not one, or longer than a billion seconds.

    >>> duration("1h30m"), duration("90s")
    (5400.0, 90.0)
    """
    parts = re.fullmatch(r"(?:(\d{1,12})h)?(?:(\d{1,12})m)?(?:(\d{1,12})s)?", text)
    units = zip(parts.groups(), (3600, 60, 1), strict=True) if parts else ()
    seconds = sum(int(number or 0) * unit for number, unit in units)
    if not 0 < seconds <= LARGEST:
        raise argparse.ArgumentTypeError(f"{shortened(text)!r} is not a time like 90s, 30m, 2h or 1h30m")
    return float(seconds)


class _Parser(argparse.ArgumentParser):
    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        words = list(sys.argv[1:] if args is None else args)
        # argparse takes the "--" of --trials=-- away, and then has no value, or an empty list.
        for flag in words[: words.index("--") if "--" in words else None]:
            if flag.startswith("--") and flag.endswith("=--"):
                self.error(f"argument {flag.removesuffix('=--')}: expected one argument, not --")
        return super().parse_known_args(words, namespace)

    def parse_args(  # type: ignore[override]  # its overloads say no more
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        return self._all_known(*self.parse_known_args(args, namespace))

    def parse_intermixed_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        return self._all_known(*self.parse_known_intermixed_args(args, namespace))

    def error(self, message: str) -> NoReturn:
        """End with exit status 2 and a message in which no word is longer than a line, or a deep path."""
        super().error(re.sub(r"\S{100,}", _shortened_word, message))

    def _all_known(self, arguments: argparse.Namespace, unknown: list[str]) -> argparse.Namespace:
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._hint(unknown)}")
        return arguments

    def _hint(self, unknown: list[str]) -> str:
        # Compared without the leading "--", which would make any two flags look alike.
        flags = [flag[2:] for action in self._actions for flag in action.option_strings if flag[:2] == "--"]
        misspelt = (word.lstrip("-").partition("=")[0] for word in unknown if word.startswith("-"))
        matches = [f"--{match}" for name in misspelt if (match := nearest(name, flags))]
        return f". Did you mean {', '.join(matches)}?" if matches else ""
