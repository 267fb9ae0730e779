"""Rules that the database keeps, whoever writes: a screen, a service, `QuerySet.update` or raw SQL.

A rule is a trigger that sits in the `Meta.triggers` of the model it guards (or, for a rule on a lower app's
table that needs an upper app's rows, of a proxy model in the upper app). What it refuses comes back as an
`IntegrityError` whose message begins with the id of the requirement: ``C5: a charge …``.

Unlike django-pgtrigger's own triggers these cannot be skipped by a session setting (`pgtrigger.ignore`): there
is no one for whom the rules do not hold. See docs/adr/0101-rules-in-the-database.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pgtrigger
from django.db import models
from pgtrigger import compiler


def quoted(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def refusal(rule: str, says: str, *details: str) -> str:
    """The PL/pgSQL statement that refuses: ``RULE: says``; `details` are SQL expressions for the `%` in `says`.

    A `%` in `says` is a place for a detail, in order.
    """
    arguments = "".join(f", {detail}" for detail in details)
    return f"RAISE EXCEPTION {quoted(f'{rule}: {says}')}{arguments} USING ERRCODE = 'check_violation';"


class FirmTriggerSql(compiler.UpsertTriggerSql):
    """The installation of a trigger that no session setting can skip."""

    def get_template(self) -> str:
        """The SQL; never edited once migrations name it (a later form becomes a new class)."""
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class FirmTrigger(pgtrigger.Trigger):
    """A trigger that cannot be skipped. `func` is PL/pgSQL and returns NEW, OLD or NULL itself."""

    def compile(self, model: type[models.Model]) -> compiler.Trigger:  # type: ignore[override]
        """Render for installation; the same as the library's, less the way round it."""
        return compiler.Trigger(
            name=self.name,
            sql=FirmTriggerSql(
                pgid=self.get_pgid(model),  # type: ignore[arg-type]
                declare=self.render_declare(model),  # type: ignore[arg-type]
                func=self.render_func(model),  # type: ignore[arg-type]
                table=model._meta.db_table,
                constraint="CONSTRAINT" if self.timing else "",
                when=self.when,
                operation=self.operation,
                timing=f"DEFERRABLE INITIALLY {self.timing}" if self.timing else "",
                referencing=self.referencing or "",
                level=self.level,
                condition=self.render_condition(model),  # type: ignore[arg-type]
                execute=self.render_execute(model),  # type: ignore[arg-type]
            ),
        )


# A part that PostgreSQL cannot, or should not, ask before it calls the function: look-ups, and what a clock says.
_LATER = re.compile(r"\b(select|exists|now|clock_timestamp|current_\w+|tg_\w+)\b", re.IGNORECASE)


# What there is no row of, by operation: of several at once, what one of them lacks.
ABSENT = {"INSERT": ("OLD.",), "UPDATE": (), "UpdateOf": (), "DELETE": ("NEW.",)}


def _absent(operation: pgtrigger.Operation) -> tuple[str, ...]:
    several = getattr(operation, "operations", (operation,))
    names = [getattr(one, "name", "") or type(one).__name__ for one in several]
    return tuple(word for name in names for word in ABSENT.get(name, ("OLD.", "NEW.")))


class Both(pgtrigger.Condition):
    """A condition and one more."""

    def __init__(self, given: pgtrigger.Condition | None, more: str) -> None:
        self.given = given
        super().__init__(more)

    def resolve(self, model: type[models.Model]) -> str:
        """As it stands in WHEN."""
        given = self.given.resolve(model).strip() if self.given else ""
        return f"(({given}) AND {self.sql})" if given else f"({self.sql})"


def asked_first(
    condition: pgtrigger.Condition | None, refuse_if: str, operation: pgtrigger.Operation
) -> pgtrigger.Condition | None:
    """`condition` with those parts of a refusal that look at nothing but the row.

    A rule refuses only when all parts of `a AND b AND …` are true. What the row itself answers stands in the trigger's
    WHEN: for most rows the function is then not called at all, and a deferred one not even noted down.
    """
    absent = _absent(operation)
    parts = [
        part
        for part in _parts(refuse_if)
        if not _LATER.search(part) and not any(word in part for word in absent)
    ]
    return Both(condition, " AND ".join(f"({part})" for part in parts)) if parts else condition


def _nested(refuse_if: str, refuse: str) -> str:
    """`IF a THEN IF b THEN refuse …`: a look-up is planned and begun only when all parts before it were true."""
    parts = _parts(refuse_if)
    return "".join(f"IF ({part}) THEN " for part in parts) + refuse + " END IF;" * len(parts)


def _parts(sql: str) -> list[str]:
    """The parts of `a AND b AND …`; all of it as one part where it is no such list."""
    depth, quoted, start, parts = 0, False, 0, list[str]()
    for at, sign in enumerate(sql):
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += (sign == "(") - (sign == ")")
            if depth == 0 and sql.startswith(" AND ", at):
                parts.append(sql[start:at])
                start = at + len(" AND ")
    parts.append(sql[start:])
    loose = any(re.search(r"\b(or|between|case)\b", _flat(part), re.IGNORECASE) for part in parts)
    return [sql] if loose else [part.strip() for part in parts]


def _flat(sql: str) -> str:
    """Without what stands in brackets or quotes."""
    sql = re.sub(r"'[^']*'", "", sql)
    while (shorter := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = shorter
    return sql


class Rule(FirmTrigger):
    """Refuse a row when an SQL expression over NEW and OLD is true.

    `refuse_if`: the expression; OLD is only there on update and delete. `says`: the reason, without the id.
    `details`: SQL expressions for the `%` in `says`. `timing=pgtrigger.Deferred` (with `when=pgtrigger.After`,
    set by itself) asks at commit, for rules that several statements together must satisfy.
    """

    def __init__(
        self,
        *,
        rule: str,
        name: str,
        says: str,
        refuse_if: str,
        details: Sequence[str] = (),
        operation: pgtrigger.Operation = pgtrigger.Insert | pgtrigger.Update,
        condition: pgtrigger.Condition | None = None,
        timing: pgtrigger.Timing | None = None,
        declare: list[tuple[str, str]] | None = None,
        before_asking: str = "",
    ) -> None:
        """`before_asking`: PL/pgSQL run first, e.g. a lock or a SELECT INTO a declared variable."""
        self.rule = rule
        super().__init__(
            name=f"{rule.lower()}_{name}",
            when=pgtrigger.After if timing else pgtrigger.Before,
            operation=operation,
            condition=condition if before_asking or declare else asked_first(condition, refuse_if, operation),
            timing=timing,
            declare=declare,
            func=(
                f"{before_asking} {_nested(refuse_if, refusal(rule, says, *details))} "
                "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
            ),
        )


class NeverDeleted(FirmTrigger):
    """Rows of this table are never deleted."""

    def __init__(self, *, rule: str, what: str) -> None:
        super().__init__(
            name=f"{rule.lower()}_never_deleted",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=refusal(rule, f"{what} is never deleted"),
        )


class AppendOnly(FirmTrigger):
    """Rows of this table are written once: no update, no delete."""

    def __init__(self, *, rule: str, what: str) -> None:
        super().__init__(
            name=f"{rule.lower()}_append_only",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=refusal(rule, f"{what} is written once and never changed"),
        )


class FixedFields(FirmTrigger):
    """These fields keep the value they were given; with `once_set`, a NULL may still be filled in once."""

    def __init__(
        self, *, rule: str, name: str, what: str, fields: Sequence[str], once_set: bool = False
    ) -> None:
        self.fields = tuple(fields)
        self.once_set = once_set
        super().__init__(
            name=f"{rule.lower()}_{name}",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=refusal(rule, f"{what}: {', '.join(fields)} cannot be changed"),
        )

    def get_condition(self, model: type[models.Model]) -> pgtrigger.Condition:  # type: ignore[override]
        """One comparison a column. In WHEN: the function is called only to refuse."""
        tests = []
        for field in self.fields:
            column = model._meta.get_field(field).column  # type: ignore[union-attr]
            test = f'NEW."{column}" IS DISTINCT FROM OLD."{column}"'
            tests.append(f'(OLD."{column}" IS NOT NULL AND {test})' if self.once_set else test)
        return pgtrigger.Condition(f"({' OR '.join(tests)})")
