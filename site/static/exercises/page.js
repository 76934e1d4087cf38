// Brings the exercises and predictions of a lesson's page to life, and shows progress in the list of lessons.

import { Exercise } from "./exercise.js";
import { keepForOffline } from "./offline.js";
import { button, part } from "./parts.js";
import { Prediction } from "./prediction.js";
import { Python } from "./python.js";
import { Work, stateOf } from "./work.js";

const site = new URL("../../", import.meta.url);

function aLesson(boxes) {
  const work = new Work(boxes[0].dataset.lesson, site);
  let exercises = [];
  const python = new Python(new URL("pyodide/", site).href, (...far) => exercises.forEach((one) => one.loading(...far)));
  exercises = boxes.filter((box) => box.dataset.exercise).map((box) => new Exercise(box, work, python));
  const predictions = boxes.filter((box) => box.dataset.prediction).map((box) => new Prediction(box, work));
  work.onAnswerElsewhere((name, text) => {
    const one = exercises.find((exercise) => exercise.name === name);
    if (one) one.text = text ?? one.blank;
  });
  if (exercises.length + predictions.length) offerTheNotebook(work);
}

// Save what was written as a notebook, and bring one back.
function offerTheNotebook(work) {
  const said = part("span", { role: "status" });
  const save = button("Save as notebook", async () => {
    const notebook = new Blob([JSON.stringify(await work.notebook(), null, 1)], { type: "application/x-ipynb+json" });
    const link = part("a", { href: URL.createObjectURL(notebook), download: `${work.lesson}.ipynb` });
    link.click();
    URL.revokeObjectURL(link.href);
  });
  const file = part("input", {
    type: "file", accept: ".ipynb", hidden: true, "aria-label": "A notebook of this lesson",
    onchange: async () => {
      try {
        await work.open(await file.files[0].text());
        location.reload();
      } catch (error) {
        said.textContent = `This notebook was not opened: ${error.message}.`;
      }
    },
  });
  const open = button("Open a notebook", () => file.click());
  const whole = new URL(`lite/lab/index.html?path=${work.lesson}.ipynb`, site);
  const lab = part("a", { href: whole.href }, "Open in JupyterLite");
  const items = [[lab], [save], [open, file, " ", said]].map((parts) => part("li", {}, ...parts));
  document.querySelector(".lesson-bar ul")?.append(...items);
}

function theList() {
  for (const link of document.querySelectorAll(".bd-article a[href*='.html#exercise-']")) {
    const lesson = new URL(link.href).pathname.split("/").pop().replace(".html", "");
    if (stateOf(lesson, link.textContent) === "right") link.after(part("span", { class: "reached" }, " ✓ right"));
  }
}

keepForOffline(site);
const boxes = [...document.querySelectorAll(".answered")];
if (typeof WebAssembly === "object" && boxes.length) aLesson(boxes);
else theList();
