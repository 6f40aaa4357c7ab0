"""The command lines of `python -m data`, `models`, `search` and `analysis`: their parsers and types."""

import argparse
import difflib
import re
from collections.abc import Iterable, Sequence


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
    """Return a whole number from 1 on; the type of an argument.

    Raises:
        argparse.ArgumentTypeError: it is not one.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def duration(text: str) -> float:
    """Return the seconds of a time; the type of an argument.

    Raises:
        argparse.ArgumentTypeError: it is not one.

    >>> duration("1h30m"), duration("90s")
    (5400.0, 90.0)
    """
    parts = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    units = zip(parts.groups(), (3600, 60, 1), strict=True) if parts else ()
    seconds = sum(int(number or 0) * unit for number, unit in units)
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time like 90s, 30m, 2h or 1h30m")
    return float(seconds)


class _Parser(argparse.ArgumentParser):
    def parse_args(  # type: ignore[override]  # its overloads say no more
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        return self._all_known(*self.parse_known_args(args, namespace))

    def parse_intermixed_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> argparse.Namespace:
        return self._all_known(*self.parse_known_intermixed_args(args, namespace))

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
