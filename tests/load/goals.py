"""What was wanted, what was measured, and the table of both."""

from __future__ import annotations

from typing import Any

from tests.load.report import HEAD, number, row, table

PAIRS = (
    # work, bare SQL, floor's page, peer's page, times the floor, times faster than the peer
    ("queue", "queue", "queue", "queue", 2.0, 100),
    ("queue, page 2", "queue", "queue", "queue", 2.0, 100),
    ("ticket", "ticket", "ticket", "ticket", 2.5, 3),
    ("caller", "caller", "ticket", None, 1.5, None),
    ("customer", None, "ticket", None, None, None),
    ("phone", "caller", None, None, None, None),
    ("kana", "kana", None, None, None, None),
    ("words, common", None, None, "words", None, 150),
    ("words, rare", None, None, "words", None, 150),
    ("words, absent", None, None, "words", None, 150),
    ("new ticket", "write", "write", "write", 3.0, None),
    ("log contact", "write", "write", "write", 3.0, None),
)
GROWTH = 1.2
FULL = 1_000_000


class Goals:
    """The table, and whether all of it is met. Goals against the peer count at the full size only."""

    def __init__(self, results: dict[str, Any]) -> None:
        self.results = results
        self.met = True
        self.lines: list[list[str]] = [list(HEAD)]
        self.said: list[str] = []

    def text(self) -> str:
        """Everything."""
        found = self.results
        head = f"\n{found['tickets']:,} cases; {found['machine']}; medians in ms, one client\n"
        for part, error in found.get("broken", {}).items():
            self._say(f"{part} could be measured", met=False, figure=error)
        if "plans" in found:
            for pair in PAIRS:
                self._page(*pair)
            self._searches()
            self._throughput()
            self._say(
                "no plan scans, skips or counts without a bound",
                not found["plans"],
                f"{len(found['plans'])} do",
            )
            size = found["pages"]["ours queue"]["size"]
            self._say("a queue of 50 is 60 KB of HTML at most", size <= 60_000, f"{size / 1000:.1f} KB")
        self._live()
        self._midnight()
        return "\n".join([head, table(self.lines), "", *self.said])

    def _page(
        self,
        work: str,
        sql: str | None,
        floor: str | None,
        peer: str | None,
        most: float | None,
        faster: float | None,
    ) -> None:
        found, pages = self.results, self.results["pages"]
        ours = pages[f"ours {work}"]["median"]
        least = pages[f"floor {floor}"]["median"] if floor else None
        other = found["peer"][f"peer {peer}"]["median"] if peer else None
        growth = ours / pages[f"small {work}"]["median"]
        goals, met = [], []
        if most and least:
            goals.append(f"≤ {most:g}× floor")
            met.append(ours <= most * least)
        if faster and other and found["tickets"] >= FULL:
            goals.append(f"≥ {faster:g}× peer")
            met.append(other >= faster * ours)
        if found["tickets"] >= FULL:
            met.append(growth <= GROWTH)
        self.met &= all(met)
        self.lines.append(
            row(work, sql=found["sql"][sql]["median"] if sql else None, floor=least, peer=other, ours=ours,
                growth=growth, goal=", ".join(goals), met=all(met) if met else None)
        )  # fmt: skip

    def _say(self, what: str, met: bool, figure: str) -> None:
        self.met &= met
        self.said.append(f"{'met    ' if met else 'NOT MET'}  {what}: {figure}")

    def _searches(self) -> None:
        for name, found in self.results["search_sql"].items():
            self._say(f"{name}: 50 ms in SQL at p95", found["p95"] <= 50, f"{number(found['p95'])} ms")

    def _throughput(self) -> None:
        ours, floor, peer = (self.results[f"throughput {name}"] for name in ("ours", "floor", "peer"))
        self._say(
            "32 clients: 60 % of the floor's throughput", ours["rate"] >= 0.6 * floor["rate"],
            f"{number(ours['rate'])}/s, floor {number(floor['rate'])}/s, peer {number(peer['rate'])}/s",
        )  # fmt: skip
        calm = ours["errors"] == 0 and ours["p99"] <= 4 * ours["p50"]
        self._say(
            "32 clients: no error, p99 ≤ 4 × p50", calm,
            f"{ours['errors']} errors, p50 {number(ours['p50'])} ms, p99 {number(ours['p99'])} ms",
        )  # fmt: skip

    def _live(self) -> None:
        if found := self.results.get("live"):
            self._say(
                f"{found['streams']} streams: 64 KiB each", found["kib"] <= 64, f"{number(found['kib'])} KiB"
            )
            self._say(
                "an event reaches all within 300 ms at p99", found["p99"] <= 300, f"{number(found['p99'])} ms"
            )

    def _midnight(self) -> None:
        if not (found := self.results.get("midnight")):
            return
        exact = not (found["lost"] or found["twice"] or found["early"])
        self._say(
            f"{found['planned']:,} cutoffs of one midnight, each exactly once", exact,
            f"{found['lost']} lost, {found['twice']} twice, {found['early']} early, {found['milestones']:,} milestones",
        )  # fmt: skip
        self._say(
            "3,000 cutoffs a second on 2 processes", found["rate"] >= 3000, f"{number(found['rate'])}/s"
        )
        worst = max(found["busy"][name]["p95"] / found["idle"][name]["p95"] for name in found["idle"])
        self._say("pages meanwhile within 2 × their idle p95", worst <= 2, f"{number(worst)}× at worst")
