"""A list of nodes as pieces: texts that stand still in a language, and functions for what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from itertools import groupby
from typing import Any

from django.template.base import (
    Node,
    NodeList,
    TextNode,
    VariableDoesNotExist,
    VariableNode,
    render_value_in_context,
)
from django.template.context import Context
from django.template.defaulttags import CommentNode, ForNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.templatetags.i18n import LanguageNode, TranslateNode
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from config.templating.expressions import Expression

Piece = str | Callable[[Context], str]


class Nodes(NodeList):
    """Django's list of nodes; rendering goes by pieces, which are made for a language when it is first asked for."""

    def __init__(self, nodes: NodeList | Iterator[Node] = ()) -> None:  # type: ignore[assignment]
        super().__init__(nodes)
        self.contains_nontext = getattr(nodes, "contains_nontext", False)
        self._still = all(isinstance(node, TextNode) for node in self)
        self._pieces: dict[str | None, list[Piece]] = {}

    def render(self, context: Context) -> SafeString:
        """As Django's own."""
        page: Any = context.template  # None while a template is still being read
        if page is None or page.engine.debug or not context.autoescape:
            return super().render(context)
        language = None if self._still else _language(context)
        pieces = self._pieces.get(language)
        if pieces is None:
            pieces = self._pieces[language] = list(_pieces(self, context))
        return SafeString("".join([piece if type(piece) is str else piece(context) for piece in pieces]))  # type: ignore[operator]


def _language(context: Context) -> str | None:
    """That of the page, noted when its rendering began (loader.py)."""
    known: str | None = context.__dict__.get("language")
    return known or get_language()


def _pieces(nodes: NodeList, context: Context) -> Iterator[Piece]:
    """The nodes with neighbours put together that stand still in this language."""
    for still, found in groupby(nodes, _stands_still):
        if still:
            # Rendered as they are now: they ask nothing of the page.
            yield "".join([str(node.render_annotated(context)) for node in found])
        else:
            yield from map(_piece, found)


def _stands_still(node: Node) -> bool:
    """Whether it says the same on every page of a language."""
    if isinstance(node, TextNode | LoadNode | CommentNode):
        return True
    if isinstance(node, TranslateNode):
        said = node.filter_expression
        still = said.var.lookups is None and not said.filters
        return bool(still) and not node.asvar and _constant(node.message_context)
    if isinstance(node, URLNode):
        return not node.asvar and not node.args and not node.kwargs and _constant(node.view_name)
    if type(node) is SimpleNode:
        given = [*node.args, *node.kwargs.values()]
        return (
            getattr(node.func, "stands_still", False)
            and node.target_var is None
            and all(map(_constant, given))
        )
    return False


def _constant(expression: Any) -> bool:
    return expression is None or (isinstance(expression, Expression) and expression.is_constant)


def _piece(node: Node) -> Piece:
    make = _PIECES.get(type(node))
    return (make(node) if make else None) or node.render


def _variable(node: Any) -> Piece:
    resolve = node.filter_expression.resolve

    def show(context: Context) -> str:
        value = resolve(context)
        kind = type(value)
        if kind is SafeString:
            return value  # type: ignore[no-any-return]
        return escape(value) if kind is str else render_value_in_context(value, context)

    return show


def _if(node: Any) -> Piece:
    branches = node.conditions_nodelists
    if len(branches) == 1 and branches[0][0] is not None:
        condition, nodes = branches[0]
        holds, render = condition.eval, nodes.render

        def choose(context: Context) -> str:
            try:
                return render(context) if holds(context) else ""
            except VariableDoesNotExist:
                return node.render(context)  # type: ignore[no-any-return]

        return choose
    return node.render  # type: ignore[no-any-return]


def _for(node: Any) -> Piece | None:
    """A loop with one name; Django renders the nodes of a loop one by one, here they are pieces too."""
    if len(node.loopvars) != 1:
        return None
    name, sequence, body, otherwise = node.loopvars[0], node.sequence, node.nodelist_loop, node.nodelist_empty

    def loop(context: Context) -> str:
        around = context.get("forloop", {})
        with context.push():
            values = sequence.resolve(context, ignore_failures=True)
            values = [] if values is None else values
            if not hasattr(values, "__len__"):
                values = list(values)
            count = len(values)
            if count < 1:
                return str(otherwise.render(context))
            state: dict[str, Any] = {"parentloop": around}
            context["forloop"] = state
            made = []
            for place, value in enumerate(reversed(values) if node.is_reversed else values):
                state.update(
                    counter0=place, counter=place + 1, revcounter=count - place, revcounter0=count - place - 1,
                    first=place == 0, last=place == count - 1,
                )  # fmt: skip
                context[name] = value
                made.append(body.render(context))
        return "".join(made)

    return loop


def _simple(node: Any) -> Piece:
    func, takes_context, name = node.func, node.takes_context, node.target_var
    args = [argument.resolve for argument in node.args]
    kwargs = [(key, value.resolve) for key, value in node.kwargs.items()]

    def call(context: Context) -> str:
        given = [resolve(context) for resolve in args]
        more = {key: resolve(context) for key, resolve in kwargs}
        made = func(context, *given, **more) if takes_context else func(*given, **more)
        if name is not None:
            context[name] = made
            return ""
        return made if type(made) is SafeString else conditional_escape(made)

    return call


def _include(node: Any) -> Piece | None:
    """A file whose name stands in the template: found once, not once a page."""
    if not isinstance(node.template, Expression) or not node.template.is_constant or node.isolated_context:
        return None
    if str(node.template.var).startswith("."):
        return None
    name, more = str(node.template.var), [(key, value.resolve) for key, value in node.extra_context.items()]
    found: list[Any] = []

    def include(context: Context) -> str:
        if not found:
            found.append(context.template.engine.get_template(name))  # type: ignore[union-attr]
        with context.push(**{key: resolve(context) for key, resolve in more}):
            return str(found[0].render(context))

    return include


def _in_language(node: Any) -> Piece:
    """A part of a page in another language than the page."""

    def say(context: Context) -> str:
        around = context.__dict__.get("language")
        context.language = None  # type: ignore[attr-defined]
        try:
            return node.render(context)  # type: ignore[no-any-return]
        finally:
            context.language = around  # type: ignore[attr-defined]

    return say


_PIECES: dict[type[Node], Callable[[Any], Piece | None]] = {
    VariableNode: _variable,
    IfNode: _if,
    ForNode: _for,
    SimpleNode: _simple,
    IncludeNode: _include,
    LanguageNode: _in_language,
}
