"""What commands print: any locale can take it, and no name in it acts on the terminal.

A name in a message may come from a file, an archive or somebody else's run, and hold an escape sequence. A
locale may lack characters of our own messages. So a command's streams are replaced while it runs
(`plain_output`), and only the live views write to the terminal itself (`console`).
"""

import codecs
import contextlib
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# Control characters but for the line feed and the tab; marks that change the direction of text or are
# invisible; line separators; and surrogates, which stand for bytes of names that are not UTF-8.
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    r"\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_ESCAPE_SEQUENCES = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")

# What our own messages hold, for encodings that lack it.
_ASCII = {"…": "...", "·": "-", "→": "->", "×": "x", "±": "+/-", "–": "-", "—": "-", "•": "*"}


def _replacement(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    characters = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, _escaped(character)) for character in characters), error.end


codecs.register_error("cnn-search", _replacement)


def printable(text: str) -> str:
    r"""Return text in which control characters and invalid ones are escaped; lines and tabs stay.

    >>> printable("cat\x1b[2J\ndog"), printable("caf\udce9.jpg")
    ('cat\\x1b[2J\ndog', 'caf\\xe9.jpg')
    """
    return _CONTROLS.sub(lambda match: _escaped(match[0]), text)


def one_line(name: object) -> str:
    r"""Return a name from a file, an archive or a run in one line, line feeds and tabs escaped, too.

    >>> one_line("cat.jpg: dog\n1.0")
    'cat.jpg: dog\\n1.0'
    """
    return printable(str(name)).replace("\n", "\\n").replace("\t", "\\t")


def without_styles(text: str) -> str:
    r"""Return text without the escape sequences that colour it, and with other control characters escaped.

    >>> without_styles("\x1b[1mNegative dimension\x1b[0m")
    'Negative dimension'
    """
    return printable(_ESCAPE_SEQUENCES.sub("", text))


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a name that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


class _Plain:
    """A text stream in front of another one: it writes text that this one's encoding and a terminal take."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text; return its length."""
        plain = printable(text)
        if encoding := getattr(self.stream, "encoding", None):
            plain = plain.encode(encoding, "cnn-search").decode(encoding)
        try:
            self.stream.write(plain)
        except OSError as error:
            _give_up(self.stream, error)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write several lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextlib.contextmanager
def plain_output() -> Iterator[None]:
    """Let all that a command prints be plain text; use it as a decorator of the command's `main`.

    Where standard output cannot take what was printed, a full disk, say, the command ends with exit status 1
    and a line that says so; without that line where its reader has gone.
    """
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_plain(stream) for stream in streams)
    # Figures are drawn into files. With a backend that is missing, `import matplotlib` itself raises.
    os.environ["MPLBACKEND"] = "agg"
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError as error:
            _give_up(sys.stdout, error)


def _plain(stream: Any) -> Any:
    return stream if stream is None or isinstance(stream, _Plain) else _Plain(stream)


def _give_up(stream: TextIO, error: OSError) -> NoReturn:
    """End a command whose output has nowhere to go."""
    if not isinstance(error, BrokenPipeError):
        reason = f"cannot write to standard output: {error.strerror}\n"
        with contextlib.suppress(OSError):
            os.write(2, reason.encode())
    with contextlib.suppress(OSError, ValueError):  # Python would try to write the rest at its end
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
    raise SystemExit(1) from None


def console() -> "Console":
    """Return a console for progress on stderr: it redraws on a terminal and nowhere else.

    FORCE_COLOR and its like do not turn a log file into a terminal. What is printed on it is not escaped.
    """
    from rich.console import Console  # imported late: most commands show no progress

    stream: Any = sys.stderr
    if stream is not None and stream.isatty():
        return Console(file=getattr(stream, "stream", stream), force_terminal=True)
    return Console(file=stream, force_terminal=False, force_interactive=False)
