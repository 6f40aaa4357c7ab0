"""How the command lines of `python -m models`, `search` and `analysis` are read."""

import argparse


def command_line(program: str, usage: str, text: str) -> argparse.ArgumentParser:
    """Return a parser without arguments yet.

    Args:
        program: "python -m search", say.
        usage: what follows `usage:` when something is wrong.
        text: the module's docstring: its first line says what the command is for, the rest follows the
            arguments in `--help`.
    """
    first, _, rest = text.partition("\n")
    return argparse.ArgumentParser(
        prog=program,
        usage=usage,
        description=first,
        epilog=rest,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def count(text: str) -> int:
    """Return a whole number from 1 on; the type of an argument.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
