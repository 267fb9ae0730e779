"""One table: work, bare SQL, floor, peer, ours, what of each the other is, and how it grew; JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HEAD = ("work", "bare SQL", "floor", "peer", "ours", "ours/floor", "peer/ours", "growth", "goal", "")


def number(value: float | None, unit: str = "") -> str:
    """Three figures that a person reads."""
    if value is None:
        return "–"
    text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{text}{unit}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """With columns in line."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at in {0, len(widths) - 2} else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def row(
    work: str,
    *,
    sql: float | None = None,
    floor: float | None = None,
    peer: float | None = None,
    ours: float | None = None,
    growth: float | None = None,
    goal: str = "",
    met: bool | None = None,
) -> list[str]:
    """One line, in milliseconds."""
    return [
        work,
        number(sql),
        number(floor),
        number(peer),
        number(ours),
        number(ours / floor if ours and floor else None, "×"),
        number(peer / ours if ours and peer else None, "×"),
        number(growth, "×"),
        goal,
        "" if met is None else "met" if met else "NOT MET",
    ]


def write(path: Path, results: dict[str, Any]) -> None:
    """The figures themselves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False, default=str) + "\n")
