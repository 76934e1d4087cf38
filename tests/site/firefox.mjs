// A student's way through an exercise and a bench, in a stock Firefox over WebDriver BiDi.
// Run by test_firefox.py: node firefox.mjs {"library": …, "firefox": …, "address": …, …}
// Prints what was seen as JSON.

const task = JSON.parse(process.argv[2]);
const { default: puppeteer } = await import(task.library);
const MINUTES = 180_000; // milliseconds that Python may take to start on a busy machine
const box = `[data-exercise="${task.exercise}"]`;

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: task.firefox,
  headless: true,
  protocolTimeout: MINUTES,
});
const page = await browser.newPage();
const wrong = [];
page.on("pageerror", (error) => wrong.push(String(error)));

async function open(path, live) {
  await page.goto(task.address + path);
  await page.waitForSelector(live);
}

async function enter(text) {
  await page.click(`${box} :is(textarea, .cm-content)`);
  await page.waitForSelector(`${box} .cm-content`);
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.evaluate((text) => document.execCommand("insertText", false, text), text);
}

async function check() {
  await page.click(`${box} .exercise-check`);
  const isDone = (box) => !document.querySelector(`${box} .exercise-check`).disabled;
  await page.waitForFunction(isDone, { timeout: MINUTES }, box);
  return page.$eval(box, (box) => ({ state: box.dataset.state, said: box.innerText }));
}

const seen = {};
try {
  await goTheWay();
} finally {
  await browser.close();
}
console.log(JSON.stringify({ ...seen, wrong }));

async function goTheWay() {
  await open(`lessons/${task.lesson}.html`, ".answered.is-live");
  await enter(task.mistake);
  seen.mistake = await check();
  await enter(task.endless);
  seen.endless = await check();
  await enter(task.solution);
  seen.solution = await check();
  await page.reload();
  await page.waitForSelector(".answered.is-live");
  seen.kept = await page.$eval(`${box} textarea`, (field) => field.value);

  await open("bench.html", "convolution-bench");
  seen.bench = await page.$eval("convolution-bench", (bench) => {
    const cell = bench.shadowRoot.querySelector("[id^=y_]");
    cell.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    return bench.shadowRoot.querySelector(".aloud").textContent;
  });
}
