// The page's side of the worker: starts it, asks it, and ends it when an answer does not end.

import { whenKept } from "./offline.js";

const SECONDS = { given: 90, answer: 10 };
export const ENDLESS = "endless";

export class Python {
  #address; #worker; #ready; #task = null; #timer; #queue = Promise.resolve();

  // address    the folder that Pyodide lies in
  // onLoading  called with (loaded, total) in bytes, and with nothing once all is there
  constructor(address, onLoading) {
    this.#address = address;
    this.onLoading = onLoading;
  }

  // Begin to load, unless that was begun before.
  start() {
    this.#ready ??= whenKept().then(() => new Promise((ready, failed) => {
      performance.mark("python:start");
      this.#worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
      this.#worker.onerror = (error) => failed(new Error(error.message || "the worker did not start"));
      this.#worker.onmessage = ({ data }) => this.#hear(data, ready, failed);
      this.#worker.postMessage({ kind: "start", address: this.#address });
    }));
    this.#ready.catch(() => { this.#ready = undefined; }); // the next one tries again
    return this.#ready;
  }

  // Check an answer: {state, printed, said}; the state of one that was stopped is ENDLESS.
  attempt(notebook, exercise) {
    return this.#ask({ kind: "attempt", notebook, exercise });
  }

  // The case in which the last answer failed, as the HTML of a bench.
  draw() {
    return this.#ask({ kind: "draw" });
  }

  // One after the other: the worker has one namespace.
  #ask(message) {
    const asked = this.#queue.then(async () => {
      await this.start();
      return new Promise((done, failed) => {
        this.#task = { done, failed };
        this.#expectAnEnd(SECONDS.answer);
        performance.mark(`python:${message.kind}`);
        this.#worker.postMessage(message);
      });
    });
    this.#queue = asked.catch(() => {});
    return asked;
  }

  #hear({ kind, loaded, total, what, result, why }, ready, failed) {
    performance.mark(`python:${kind}`);
    if (kind === "loading") this.onLoading(loaded, total);
    if (kind === "ready") { this.onLoading(); ready(); }
    if (kind === "began") this.#expectAnEnd(SECONDS[what]);
    if (kind === "done") this.#end((task) => task.done(result));
    if (kind === "failed") { this.onLoading(); failed(new Error(why)); this.#end((task) => task.failed(new Error(why))); }
  }

  #end(say) {
    clearTimeout(this.#timer);
    const task = this.#task;
    this.#task = null;
    if (task) say(task);
  }

  #expectAnEnd(seconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#worker.terminate();
      this.#ready = undefined;
      this.#end((task) => task.done({ state: ENDLESS, printed: "", said: "" }));
      this.start().catch(() => {});
    }, seconds * 1000);
  }
}
