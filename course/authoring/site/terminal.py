"""Colours of stored outputs: terminal codes as tokens, which site/static/terminal.css paints.

The lexer of myst-nb drops the bright colours, underline and reverse.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pygments.lexer import Lexer
from pygments.token import Token, _TokenType
from sphinx.application import Sphinx

COLOURS = ("Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White")
NAMES = (*COLOURS, *(f"Bright{colour}" for colour in COLOURS))
"""The sixteen colours that have names; a page decides what each looks like."""
_CODE = re.compile(r"\x1b\[([\d;]*)m")
_OTHER_CODE = re.compile(r"\x1b\[[\d;?]*[A-Za-ln-z]")
_EFFECTS = {1: "Bold", 2: "Faint", 3: "Italic", 4: "Underline", 7: "Reverse"}
_EFFECTS_OFF = {22: {"Bold", "Faint"}, 23: {"Italic"}, 24: {"Underline"}, 27: {"Reverse"}}
_EXTENDED = {38: "text", 48: "background"}


@dataclass(frozen=True)
class Style:
    """How a terminal writes at one moment; colours are names, or empty for those of the page."""

    text: str = ""
    background: str = ""
    effects: frozenset[str] = frozenset()

    def after(self, codes: list[int]) -> "Style":
        """The style behind the codes of one escape sequence."""
        style = self
        while codes:
            code, *codes = codes
            if code in _EXTENDED:
                name, codes = _colour_by_number(codes)
                style = style._coloured(_EXTENDED[code] == "text", name)
            else:
                style = style._after_one(code)
        return style

    def _after_one(self, code: int) -> "Style":
        if code == 0:
            return Style()
        if code in _EFFECTS:
            return replace(self, effects=self.effects | {_EFFECTS[code]})
        if code in _EFFECTS_OFF:
            return replace(self, effects=self.effects - _EFFECTS_OFF[code])
        for first, names in ((30, COLOURS), (90, NAMES[8:])):
            for start, is_text in ((first, True), (first + 10, False)):
                if start <= code < start + 8:
                    return self._coloured(is_text, names[code - start])
        return self._coloured(code == 39, "") if code in (39, 49) else self

    def _coloured(self, is_text: bool, name: str) -> "Style":
        return replace(self, text=name) if is_text else replace(self, background=name)

    def token(self) -> _TokenType:
        """A token whose HTML class lists every part of the style."""
        text, background = self.text, self.background
        if "Reverse" in self.effects:
            text, background = background or "Page", text or "Page"
        parts = [f"Text{text}"] * bool(text) + [f"On{background}"] * bool(background)
        parts += [name for name in _EFFECTS.values() if name in self.effects - {"Reverse"}]
        token = Token.Terminal
        for part in parts:
            token = getattr(token, part)
        return token if parts else Token.Text


def _colour_by_number(codes: list[int]) -> tuple[str, list[int]]:
    """The name of one of the sixteen, and the codes behind it.

    Other colours have none: they cannot be made readable on every page, and are left out.
    """
    if codes[:1] != [5]:
        return "", codes[4:]
    number = codes[1] if len(codes) > 1 else len(NAMES)
    return NAMES[number] if number < len(NAMES) else "", codes[2:]


class TerminalLexer(Lexer):
    """Text as a program wrote it to a terminal."""

    name = "Terminal"
    aliases = ["terminal"]  # noqa: RUF012 - as Pygments declares it

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Pieces of text, each with the style that the codes before it ask for."""
        style, start = Style(), 0
        for code in [*_CODE.finditer(text), None]:
            piece = text[start : code.start() if code else None]
            if piece:
                yield start, style.token(), _OTHER_CODE.sub("", piece)
            if code:
                style = style.after([int(number or 0) for number in code[1].split(";")])
                start = code.end()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the lexer "terminal" and its colours."""
    app.add_lexer("terminal", TerminalLexer)
    app.add_css_file("terminal.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
