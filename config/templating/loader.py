"""Loads templates as Django's cached loader does, and has them parsed into pieces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.template import Origin, TemplateDoesNotExist
from django.template.base import FilterExpression, Lexer, NodeList, Parser, Template
from django.template.context import Context
from django.template.loaders import base, cached
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from config.templating.expressions import Expression
from config.templating.pieces import Nodes


class QuickParser(Parser):
    """Django's parser; what it makes is quicker."""

    def compile_filter(self, token: str) -> FilterExpression:
        """A variable with its filters."""
        return Expression(token, self)

    def parse(self, parse_until: Iterable[str] | None = None) -> NodeList:
        """Up to one of these tags, or to the end."""
        return Nodes(super().parse(parse_until))


class QuickTemplate(Template):
    """A template whose nodes are pieces."""

    def render(self, context: Context) -> SafeString:
        """As Django's own; a page is in one language, so it is asked for once."""
        if context.template is None:
            context.language = get_language()  # type: ignore[attr-defined]
        return super().render(context)

    def compile_nodelist(self) -> NodeList:
        """As Django's, which also notes where an error stands: there the engine's debug is on, and nothing is quicker."""
        if self.engine.debug:
            return super().compile_nodelist()
        parser = QuickParser(
            Lexer(self.source).tokenize(),
            self.engine.template_libraries,
            self.engine.template_builtins,
            self.origin,
        )
        nodes = parser.parse()
        self.extra_data = getattr(parser, "extra_data", {})
        return nodes


class _Fresh(base.Loader):
    def get_template(self, template_name: str, skip: Any = None) -> Template:
        """The first of the sources that there is."""
        tried = []
        for origin in self.get_template_sources(template_name):
            if skip is not None and origin in skip:
                tried.append((origin, "Skipped to avoid recursion"))
                continue
            try:
                contents = self.get_contents(origin)
            except TemplateDoesNotExist:
                tried.append((origin, "Source does not exist"))
                continue
            return QuickTemplate(contents, origin, template_name, self.engine)
        raise TemplateDoesNotExist(template_name, tried=tried)

    def get_contents(self, origin: Origin) -> str:
        """By the loader that named it."""
        contents: str = origin.loader.get_contents(origin)  # type: ignore[union-attr]
        return contents


class Loader(cached.Loader, _Fresh):
    """Keeps what `_Fresh` has parsed."""
