// Python in a worker: Pyodide, NumPy and the course, all from the site itself. python.js is its other side.

const tell = (kind, more = {}) => postMessage({ kind, ...more });
let page;

// Every file passes through here, so that the page can show how much is still to come.
function countWhatIsFetched(total) {
  const plainFetch = self.fetch;
  let loaded = 0;
  self.fetch = async (...asked) => {
    const answer = await plainFetch(...asked);
    if (!answer.ok || !answer.body) return answer;
    const counting = new TransformStream({
      transform(chunk, onward) {
        loaded += chunk.byteLength;
        tell("loading", { loaded, total });
        onward.enqueue(chunk);
      },
    });
    const { status, statusText, headers } = answer;
    return new Response(answer.body.pipeThrough(counting), { status, statusText, headers });
  };
}

// address  the folder that Pyodide and course.json lie in
async function start(address) {
  const listed = await fetch(new URL("course.json", address));
  if (!listed.ok) throw new Error("this copy of the site was built without Pyodide");
  const { version, packages, wheels, bytes } = await listed.json();
  countWhatIsFetched(bytes);
  const indexURL = new URL(`${version}/`, address).href;
  const { loadPyodide } = await import(`${indexURL}pyodide.mjs`);
  const pyodide = await loadPyodide({ indexURL, packages: ["numpy"] });
  pyodide.pyimport("numpy");
  tell("numpy");
  const files = [...packages, ...wheels.map((wheel) => new URL(wheel, address).href)];
  await pyodide.loadPackage(files, { messageCallback() {} });
  page = pyodide.pyimport("course.running.page").Page();
  tell("ready");
}

const tasks = {
  start: ({ address }) => start(address),
  attempt({ notebook, exercise }) {
    const began = (what) => tell("began", { what });
    tell("done", { result: JSON.parse(page.attempt(notebook, exercise, began)) });
  },
  draw: () => tell("done", { result: page.drawn() }),
};

self.onmessage = async ({ data }) => {
  try {
    await tasks[data.kind](data);
  } catch (error) {
    tell("failed", { why: String(error.message ?? error) });
  }
};
