// A prediction of a lesson's page: a field for each guess. A first wrong guess gets its reason, and a
// second one the answer, as `course.checks.predictions` does it in a notebook.

import { button, part } from "./parts.js";

export class Prediction {
  #work; #tried = new Map();

  constructor(element, work) {
    this.name = element.dataset.prediction;
    this.element = element;
    this.#work = work;
    this.fields = JSON.parse(element.dataset.fields);
    const kept = work.guesses(this.name);
    const form = part("form", { class: "guess", onsubmit: (event) => { event.preventDefault(); this.#guess(); } });
    for (const field of this.fields) {
      const label = field.label || "Your guess";
      field.input = part("input", { type: "text", value: kept[field.name] ?? "", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
      field.said = part("p", { class: "guess-said", role: "status" });
      form.append(part("label", {}, `${label}: `, field.input), " ");
    }
    const ask = button("See", () => {});
    ask.type = "submit";
    form.append(ask, ...this.fields.map((field) => field.said));
    element.querySelector("div[class*=highlight]").replaceWith(form);
    element.querySelector("details.solution").hidden = true;
    element.classList.add("is-live");
    if (this.fields.every((field) => kept[field.name])) this.#guess();
  }

  #guess() {
    const guesses = Object.fromEntries(this.fields.map(({ name, input }) => [name, input.value.trim()]));
    this.#work.keepGuesses(this.name, guesses);
    const isDone = this.fields.map((field) => this.#judge(field, guesses[field.name])).every(Boolean);
    if (!isDone) return;
    this.element.querySelector("details.solution").hidden = false;
    for (const fold of document.querySelectorAll(".after-guess")) {
      if (fold.dataset.of.split(" ").includes(this.name)) fold.open = true;
    }
  }

  // Says what there is to say, and whether the answer is known now.
  #judge({ name, answer, replies, said, label }, guess) {
    if (!guess) {
      said.textContent = "Write your guess first.";
      return false;
    }
    const reason = Object.entries(replies).find(([known]) => isSame(guess, known))?.[1] ?? "";
    if (isSame(guess, answer)) {
      said.textContent = label ? `${label}: ${reason}` : `You guessed right: ${answer}.`;
      return true;
    }
    const wrong = this.#tried.get(name) ?? [];
    if (!wrong.some((before) => isSame(guess, before))) wrong.push(guess);
    this.#tried.set(name, wrong);
    const first = wrong.length === 1;
    const words = first ? [`Not ${guess}.`, reason, "Guess again."] : [reason, `You guessed ${guess}, and it is ${answer}. What made the difference?`];
    said.textContent = [label && `${label}:`, ...words].filter(Boolean).join(" ");
    return !first;
  }
}

// Numbers are compared as numbers, pairs and lists entry by entry, and all else as text.
export function isSame(guess, answer) {
  const [a, b] = [guess, answer].map(valueOf);
  if (Array.isArray(a) && Array.isArray(b)) {
    const entries = b.some(Array.isArray) ? a : a.flat(Infinity);
    return entries.length === b.length && entries.every((entry, k) => isSameEntry(entry, b[k]));
  }
  return isSameEntry(a, b);
}

function isSameEntry(a, b) {
  if (Array.isArray(a) || Array.isArray(b)) return JSON.stringify(a) === JSON.stringify(b);
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) <= 1e-12 + 1e-5 * Math.abs(b);
  return a === b;
}

// What Python would read: a number, a list (a tuple is one too), or else text without spaces and quotes.
function valueOf(text) {
  const plain = text.trim();
  const bare = /^[-+\d.\s,]+,[-+\d.\s,]*$/.test(plain) ? `[${plain}]` : plain;
  try {
    const asked = bare.replace(/\(/g, "[").replace(/\)/g, "]").replace(/,\s*\]/g, "]").replace(/(^|[^\d.])\.(\d)/g, "$10.$2").replace(/(\d)\.(?!\d)/g, "$1");
    const value = JSON.parse(asked);
    if (typeof value === "number" || Array.isArray(value)) return value;
  } catch { /* it is text */ }
  return plain.replace(/["'\s]/g, "");
}
