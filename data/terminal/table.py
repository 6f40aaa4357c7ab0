"""Rows of text in columns, for a terminal."""

import io
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines, the cells of a column one below the other, nothing wrapped, cut or coloured.

    Args:
        rows: of the same number of cells each; cells are printed as they are, [brackets] too.

    Raises:
        ValueError: rows of different lengths.
    """
    from rich.console import Console  # imported late: most commands print no table
    from rich.table import Table
    from rich.text import Text

    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows of different lengths")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in rows[0] if rows else ():
        table.add_column(no_wrap=True, overflow="ignore")
    for row in rows:
        table.add_row(*map(Text, row))
    # A character takes two columns at most, and two more lie between cells.
    width = sum(2 * len(cell) + 2 for row in rows for cell in row)
    text = io.StringIO()
    Console(file=text, width=width, color_system=None, force_terminal=False, force_jupyter=False).print(
        table, crop=False
    )
    return "\n".join(line.rstrip() for line in text.getvalue().removesuffix("\n").split("\n"))
