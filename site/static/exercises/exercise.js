// An exercise of a lesson's page: an editor in place of its blank, the check, the hints, the solution.

import { painted } from "./ansi.js";
import { button, codeOf, part } from "./parts.js";
import { ENDLESS } from "./python.js";

const WORDS = {
  right: "Right.",
  wrong: "Not right yet.",
  blank: "Nothing is written yet.",
  error: "Your cell ended in an error.",
  [ENDLESS]: "This did not end within ten seconds, so it was stopped. What you typed is still here: look for a loop that never ends.",
};

export class Exercise {
  #work; #python; #editor; #text; #verdict; #status; #check; #bar;

  // element  the .answered of the page; its blank is taken from it
  constructor(element, work, python) {
    this.name = element.dataset.exercise;
    this.#work = work;
    this.#python = python;
    this.blank = codeOf(element);
    this.#text = part("textarea", {
      "aria-label": `Your answer to ${this.name}`, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      onfocus: () => this.#enter(), oninput: () => this.#keep(this.#text.value),
    });
    this.#show(work.answer(this.name) ?? this.blank);
    this.#status = part("span", { class: "exercise-status", role: "status" });
    this.#bar = part("label", { class: "exercise-loading", hidden: true }, part("progress"), part("span"));
    this.#verdict = part("pre", { class: "exercise-verdict", hidden: true, tabindex: "0", role: "group", "aria-label": `What the check of ${this.name} says` });
    this.#check = button("Check", () => this.check());
    this.#check.className = "exercise-check";
    const buttons = part("div", { class: "exercise-buttons" }, this.#check, button("Reset", () => this.reset()), this.#status, this.#bar);
    const blank = element.querySelector(".exercise");
    blank.replaceWith(part("div", { class: "exercise-editor" }, this.#text));
    element.append(buttons, part("div", { class: "highlight" }, this.#verdict), part("div", { class: "exercise-drawing" }));
    element.classList.add("is-live");
    this.element = element;
    this.#foldWhatFollows();
    this.#mark(work.state(this.name));
  }

  // Put a text into the editor, from another tab or a notebook.
  set text(text) {
    if (text === this.text) return;
    if (this.#editor) this.#editor.dispatch({ changes: { from: 0, to: this.#editor.state.doc.length, insert: text } });
    else this.#show(text);
  }

  get text() { return this.#editor ? this.#editor.state.doc.toString() : this.#text.value; }

  // The text that was kept, or the blank.
  reload() { this.text = this.#work.answer(this.name) ?? this.blank; }

  reset() {
    this.text = this.blank;
    this.#work.keepAnswer(this.name, null);
    this.#say("The blank is back. Ctrl-Z in the editor brings your text back.");
  }

  async check() {
    this.#check.disabled = true;
    this.#say("Checking …");
    this.element.querySelector(".exercise-drawing").replaceChildren();
    try {
      this.#keep(this.text);
      const notebook = JSON.stringify(await this.#work.notebook());
      this.#tell(await this.#python.attempt(notebook, this.name));
    } catch (error) {
      this.#say(`This cannot be checked here: ${error.message}.`);
    }
    this.#check.disabled = false;
  }

  // How far Python is loaded, in bytes; without them it is there.
  loading(loaded, total) {
    this.#bar.hidden = loaded === undefined;
    if (loaded === undefined) return;
    const left = Math.max(0, total - loaded) / 1e6;
    const [bar, words] = this.#bar.children;
    Object.assign(bar, { max: total, value: Math.min(loaded, total) });
    words.textContent = left >= 0.05 ? `Python: ${left.toFixed(1)} MB to come` : "Python is starting";
  }

  #show(text) {
    this.#text.value = text;
    this.#text.rows = text.split("\n").length + 1;
  }

  // The editor proper takes the place of the plain field, and Python is fetched.
  async #enter() {
    this.#python.start().catch(() => {});
    const { editor } = await import(new URL("../codemirror/codemirror.min.js", import.meta.url));
    if (this.#editor) return;
    const { selectionStart, selectionEnd, value } = this.#text;
    this.#editor = editor(this.#text.parentElement, {
      text: value, label: this.#text.getAttribute("aria-label"),
      onChange: (text) => this.#keep(text), onCheck: () => this.check(),
    });
    const hadFocus = document.activeElement === this.#text;
    this.#text.remove();
    this.#editor.dispatch({ selection: { anchor: selectionStart, head: selectionEnd } });
    if (hadFocus) this.#editor.focus();
    if (!this.#status.textContent) this.#say("Tab indents; Esc, then Tab leaves the editor. Ctrl-Enter checks.");
  }

  #keep(text) {
    if (text !== (this.#work.answer(this.name) ?? this.blank)) this.#work.keepAnswer(this.name, text);
  }

  #tell({ state, printed, said }) {
    this.#work.keepState(this.name, state === "right" ? "right" : "wrong");
    this.#mark(this.#work.state(this.name));
    this.#verdict.replaceChildren(painted([printed, said].filter(Boolean).join("\n")));
    this.#verdict.hidden = !this.#verdict.textContent;
    this.#say(WORDS[state]);
    if (state === "wrong") this.#offerDrawing();
    this.element.dispatchEvent(new CustomEvent("checked", { bubbles: true, detail: { exercise: this.name, state } }));
  }

  #offerDrawing() {
    const place = this.element.querySelector(".exercise-drawing");
    const draw = button("Draw this case on the bench", async () => {
      draw.disabled = true;
      const html = await this.#python.draw();
      if (typeof html !== "string" || !html) return place.replaceChildren("This case cannot be drawn.");
      await import(new URL("../bench.js", import.meta.url));
      place.innerHTML = html;
    });
    place.replaceChildren(draw);
  }

  #mark(state) { this.element.dataset.state = state ?? ""; }
  #say(words) { this.#status.textContent = words; }

  // Hints come one by one, and the solution after a question.
  #foldWhatFollows() {
    const folds = [];
    let next = this.element.nextElementSibling;
    for (; next && !next.matches(".cell, .answered, section"); next = next.nextElementSibling) {
      folds.push(...(next.matches("details") ? [next] : next.querySelectorAll("details")));
    }
    if (next?.textContent.includes(`check.${this.name}(`)) next.querySelector(".cell_output")?.remove(); // of the solved lesson
    const hints = folds.filter((fold) => !fold.matches(".solution"));
    hints.forEach((hint, k) => {
      if (k) hint.hidden = !hints[k - 1].open;
      hint.addEventListener("toggle", () => { if (hint.open && hints[k + 1]) hints[k + 1].hidden = false; });
    });
    for (const solution of folds.filter((fold) => fold.matches(".solution"))) this.#ask(solution);
  }

  #ask(solution) {
    const summary = solution.querySelector("summary");
    summary.addEventListener("click", (event) => {
      if (solution.open || this.#work.state(this.name) === "right" || solution.dataset.asked) return;
      event.preventDefault();
      const question = part("p", { class: "exercise-question" }, "Look at the solution before your own answer is right? ",
        button("Show it", () => { solution.dataset.asked = "yes"; solution.open = true; question.remove(); summary.focus(); }), " ",
        button("Not yet", () => { question.remove(); summary.focus(); }));
      if (!solution.nextElementSibling?.matches(".exercise-question")) solution.after(question);
      question.querySelector("button").focus();
    });
  }
}
