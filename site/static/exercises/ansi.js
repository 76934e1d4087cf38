// Text with the colour codes of a terminal, as elements that terminal.css paints: see course/authoring/site/terminal.py.

const COLOURS = ["Black", "Red", "Green", "Yellow", "Blue", "Magenta", "Cyan", "White"];
const EFFECTS = { 1: "Bold", 2: "Faint", 3: "Italic", 4: "Underline" };

export function painted(text) {
  const whole = document.createDocumentFragment();
  let style = { text: "", on: "", effects: [] };
  for (const [k, piece] of text.split(/\x1b\[([\d;]*)m/).entries()) {
    if (k % 2) style = piece.split(";").reduce((now, code) => after(now, Number(code)), style);
    else if (piece) whole.append(element(piece, style));
  }
  return whole;
}

function after(style, code) {
  const name = (COLOURS[code % 10] ?? "") && (code >= 90 ? "Bright" : "") + COLOURS[code % 10];
  if (code === 0) return { text: "", on: "", effects: [] };
  if (EFFECTS[code]) return { ...style, effects: [...style.effects, EFFECTS[code]] };
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return { ...style, text: name };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, on: name };
  return style;
}

function element(piece, { text, on, effects }) {
  const parts = [text && `Text${text}`, on && `On${on}`, ...effects].filter(Boolean);
  if (!parts.length) return document.createTextNode(piece);
  const span = document.createElement("span");
  const names = parts.map((_, k) => ["", "Terminal", ...parts.slice(0, k + 1)].join("-"));
  span.className = ["-Terminal", ...names].join(" ");
  span.textContent = piece;
  return span;
}
