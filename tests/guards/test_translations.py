"""The languages are complete: every text is marked, every marked text has its Japanese (F)."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from config import translations

ROOT = translations.ROOT
LETTER = re.compile(r"[^\W\d_]")
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
COMMENT = re.compile(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}", re.DOTALL)
BLOCKTRANS = re.compile(r"{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
CLASS_BLOCK = re.compile(r"{%\s*block \w*class\s*%}.*?{%\s*endblock[^%]*%}", re.DOTALL)
LIVE = re.compile(r"""{% component "live".*?{% endcomponent %}""", re.DOTALL)  # topics of the stream
NAMED_TAG = re.compile(r"(?<=<)/?{{.*?}}")  # <{{ many|yesno:"fieldset,div" }} class="field">
SPOKEN = {"alt", "aria-label", "placeholder", "title", "aria-description", "content"}
NAMES = {"Tsunagu", "Ctrl", "Enter", "Esc", "SV", "CSV", "Tab", "PDF", "P1", "JST", "URL", "ID"}

# Templates whose words are samples or the customer's own language, not the desk's.
SAMPLES = {"gallery.html"}
# Code that speaks Japanese by its nature; whoever adds a file says why.
SPEAKS_JAPANESE = {
    "tickets/gallery/samples.py": "invented people",
    "tickets/search.py": "folds kana and variants of kanji",
    "tickets/models/questions.py": "recognises that an internal procedure is given as a basis",
    "tickets/models/letters.py": "recognises the words of a final answer",
    "billing/defaults.py": "names of laws and documents, as rows",
    "billing/services/documents.py": "the name of a document that the customer gets",
    "escalation/services/recourse.py": "a letter to the customer",
    "tickets/importing.py": "joins Japanese headings",
    "tickets/import_cells.py": "recognises dates, postal codes and kana in files",
    "tickets/spreadsheet.py": "full-width signs that begin a formula",
    "tickets/services/import_customers.py": "headings and words of files",
    "billing/services/import_contracts.py": "headings and words of files",
}
LETTERS = {"letter_texts.py"}
# Local stand-ins for other people's servers, demonstration data, and letters to customers.
JAPANESE_FOLDERS = (
    "config/local/",
    "config/demo/",
    "config/load/",
    "config/management/commands/administrator.py",
)


class Words(HTMLParser):
    """The words of a template that are in no tag: text and spoken attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.quiet: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "style", "kbd", "code"} or dict(attrs).get("lang") == "ja":
            self.quiet.append(tag)
        for name, value in attrs:
            meta = tag == "meta" and name == "content"
            if name in SPOKEN and not meta and value and LETTER.search(value):
                self.found.append(value)

    def handle_endtag(self, tag):
        if self.quiet and self.quiet[-1] == tag:
            self.quiet.pop()

    def handle_data(self, data):
        words = data.strip()
        if not self.quiet and LETTER.search(words) and not set(re.findall(r"\w+", words)) <= NAMES:
            self.found.append(words)


def unmarked(source: str) -> list[str]:
    parser = Words()
    for pattern, plain in (
        (COMMENT, ""),
        (BLOCKTRANS, ""),
        (CLASS_BLOCK, ""),
        (LIVE, ""),
        (NAMED_TAG, "x"),
        (TAG, ""),
    ):
        source = pattern.sub(plain, source)
    parser.feed(source)
    return parser.found


def test_templates_have_no_unmarked_words():
    found = {
        str(path.relative_to(ROOT)): words
        for path in (ROOT / "templates").rglob("*.html")
        if path.name not in SAMPLES and (words := unmarked(path.read_text()))
    }
    assert found == {}


def test_the_guard_itself_finds_words():
    assert unmarked('<p title="Hello">{{ name }} is here</p>') == ["Hello", "is here"]
    assert (
        unmarked('{% translate "Hello" %}<kbd>Ctrl</kbd>{% blocktranslate %}a{% endblocktranslate %}') == []
    )


def docstrings(tree: ast.AST) -> set[int]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def japanese_in(source: str) -> list[str]:
    tree = ast.parse(source)
    skip = docstrings(tree)
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skip
        and JAPANESE.search(node.value)
    ]


def test_code_speaks_english_and_the_catalogue_japanese():
    found: dict[str, list[str]] = {}
    for app in translations.CODE:
        for path in (ROOT / app).rglob("*.py"):
            where = str(path.relative_to(ROOT))
            if (
                "migrations" in path.parts
                or path.name in LETTERS
                or where in SPEAKS_JAPANESE
                or where.startswith(JAPANESE_FOLDERS)
            ):
                continue
            words = [text for text in japanese_in(path.read_text()) if text != "日本語"]
            if words:
                found[where] = words
    assert found == {}


def test_every_text_has_its_japanese():
    fresh = translations.update(translations.collect())
    assert translations.untranslated(fresh) == []
    assert translations.wrong_placeholders(fresh) == []


def test_the_catalogue_is_in_step_with_the_code():
    have = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in translations.read() if m.id}
    want = {(context, msgid) for context, msgid, _plural in translations.collect()}
    assert {"missing": want - have, "left over": have - want} == {"missing": set(), "left over": set()}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('_("Hello")', [(None, "Hello", None)]),
        ('pgettext_lazy("verb", "Answer")', [("verb", "Answer", None)]),
        ('ngettext("%(n)s row", "%(n)s rows", n)', [(None, "%(n)s row", "%(n)s rows")]),
        ('_("a" "b")', [(None, "ab", None)]),
        ("_(variable)", []),
    ],
)
def test_texts_are_found_in_code(source, expected):
    assert list(translations.in_code(source)) == expected


def test_texts_are_found_in_templates():
    source = '{% translate "Hello" context "page" %}{% component "x" title=_("There") / %}{% blocktranslate %}You {{ n }}{% endblocktranslate %}'
    assert list(translations.in_template(source)) == [
        ("page", "Hello", None),
        (None, "There", None),
        (None, "You %(n)s", None),
    ]


def test_a_stale_catalogue_compiles_itself(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(translations, "PO", tmp_path / "django.po")
    monkeypatch.setattr(translations, "MO", tmp_path / "django.mo")
    translations.write(translations.read(), tmp_path / "django.po")
    translations.compile_if_stale()
    assert (tmp_path / "django.mo").read_bytes()[:4] == b"\xde\x12\x04\x95"
