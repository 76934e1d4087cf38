// What a reader has written in a lesson, kept in this browser: each answer under a key of its own, so
// that two tabs of one page do not overwrite each other.

const OURS = "convolution-course/";
const inMemory = new Map(); // where a browser keeps nothing

function read(key) {
  try { return localStorage.getItem(OURS + key); } catch { return inMemory.get(key) ?? null; }
}

function write(key, value) {
  try {
    if (value === null) localStorage.removeItem(OURS + key);
    else localStorage.setItem(OURS + key, value);
  } catch {
    inMemory.set(key, value);
  }
}

// What the last check of an exercise said: "right", "wrong", or null.
export const stateOf = (lesson, exercise) => read(`${lesson}/state/${exercise}`);

export class Work {
  #site; #given;

  // site  the address of the site's front page
  constructor(lesson, site) {
    this.lesson = lesson;
    this.#site = site;
  }

  answer(exercise) { return read(`${this.lesson}/answer/${exercise}`); }
  keepAnswer(exercise, text) { write(`${this.lesson}/answer/${exercise}`, text); }
  state(exercise) { return stateOf(this.lesson, exercise); }
  keepState(exercise, state) { write(`${this.lesson}/state/${exercise}`, state); }
  guesses(prediction) { return JSON.parse(read(`${this.lesson}/guesses/${prediction}`) ?? "{}"); }
  keepGuesses(prediction, guesses) { write(`${this.lesson}/guesses/${prediction}`, JSON.stringify(guesses)); }

  // Call back when another tab has kept an answer.
  onAnswerElsewhere(callback) {
    const begin = `${OURS}${this.lesson}/answer/`;
    addEventListener("storage", ({ key, newValue }) => {
      if (key?.startsWith(begin)) callback(key.slice(begin.length), newValue);
    });
  }

  // The notebook of the lesson with all answers in it.
  async notebook() {
    const own = read(`${this.lesson}/notebook`);
    const notebook = own ? JSON.parse(own) : structuredClone(await this.#handedOut());
    for (const cell of notebook.cells) {
      const { exercise, predict } = cell.metadata;
      if (exercise) cell.source = this.answer(exercise) ?? cell.source;
      if (predict) cell.source = withGuesses(sourceOf(cell), this.guesses(predict));
    }
    return notebook;
  }

  // Take the answers of a notebook over. Where it has cells of the reader's own, it is kept as a whole.
  async open(text) {
    const notebook = JSON.parse(text);
    const lesson = notebook.metadata?.course?.lesson;
    if (!Array.isArray(notebook.cells) || !lesson) throw new Error("this is no notebook of the course");
    if (lesson !== this.lesson) throw new Error(`this is the notebook of ${lesson}, and this page is ${this.lesson}`);
    const handedOut = new Map((await this.#handedOut()).cells.map((cell) => [cell.id, sourceOf(cell)]));
    for (const cell of notebook.cells) {
      const { exercise, predict } = cell.metadata;
      const isBlank = handedOut.get(cell.id) === sourceOf(cell);
      if (exercise && !isBlank) this.keepAnswer(exercise, sourceOf(cell));
      if (predict && !isBlank) this.keepGuesses(predict, guessesIn(sourceOf(cell)));
      delete cell.outputs;
      if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
    }
    const isOwn = (cell) => cell.cell_type === "code" && !cell.metadata.exercise && !cell.metadata.predict
      && handedOut.get(cell.id) !== sourceOf(cell);
    write(`${this.lesson}/notebook`, notebook.cells.some(isOwn) ? JSON.stringify(notebook) : null);
  }

  async #handedOut() {
    if (!this.#given) {
      const answer = await fetch(new URL(`notebooks/${this.lesson}.ipynb`, this.#site));
      if (!answer.ok) throw new Error("the lesson's notebook cannot be loaded");
      this.#given = await answer.json();
    }
    return this.#given;
  }
}

const sourceOf = (cell) => [cell.source].flat().join("");

function withGuesses(source, guesses) {
  return source.replace(/^(\w+) = \.\.\.$/gm, (line, name) => (guesses[name] ? `${name} = ${inPython(guesses[name])}` : line));
}

// Numbers, lists and pairs as they are; other words in quotes.
function inPython(guess) {
  const isLiteral = /^[-+\d.,()[\]\se]+$/.test(guess) || /^(["']).*\1$/.test(guess);
  return isLiteral ? guess : JSON.stringify(guess);
}

function guessesIn(source) {
  const lines = source.matchAll(/^(\w+) = (.+)$/gm);
  return Object.fromEntries([...lines].map(([, name, guess]) => [name, guess]).filter(([, guess]) => guess !== "..."));
}
