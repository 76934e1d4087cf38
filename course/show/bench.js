// The bench: a convolution that can be touched, forward and backward. One web component,
//
//   <convolution-bench x="[[0, 1], [2, 3]]" w="[[1]]" stride="1" view="forward"></convolution-bench>
//
// whose whole state stands in attributes: what a reader changes is written back into them, and a
// `change` event follows. What stands between the tags is shown where no script runs.
//
// The file has four parts: the arithmetic, the views, how what is selected is explained, and the
// element. It needs nothing but a browser, and asks nobody for anything.

// ---- The arithmetic: the loops of course/convolution, on nested lists ----
//
// `layer` holds the sizes. For a transposed layer they are those of the plain layer that it runs
// backwards: its small side (F, oh, ow) is x, and its big side (C, H, W) is y.

function array(shape, entry, index = []) {
  if (!shape.length) return entry(...index);
  return Array.from({ length: shape[0] }, (_, k) => array(shape.slice(1), entry, [...index, k]));
}

function at(nested, index) {
  return index.reduce((part, k) => part?.[k], nested);
}

function shapeOf(nested) {
  return Array.isArray(nested) ? [nested.length, ...shapeOf(nested[0])] : [];
}

function outputSize(size, kernel, stride, padding, dilation) {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

function pad2d(x, p) {
  const [C, H, W] = shapeOf(x);
  return array([C, H + 2 * p, W + 2 * p], (c, r, s) => x[c][r - p]?.[s - p] ?? 0);
}

function withoutFrame(xpad, layer) {
  const { C, H, W, padding } = layer;
  return array([C, H, W], (c, r, s) => xpad[c][r + padding][s + padding]);
}

// Every time a weight meets a pixel: output (f, i, j), weight (f, k, u, v), pixel (c, r, s). All
// else follows from these: what lights up together, which products are summed, and where.
function meetings(layer) {
  const { F, K, kh, kw, oh, ow, H, W, stride, padding, dilation } = layer;
  const all = [];
  for (let f = 0; f < F; f++) for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
    for (let k = 0; k < K; k++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
      const r = i * stride + u * dilation - padding, s = j * stride + v * dilation - padding;
      const inside = r >= 0 && r < H && s >= 0 && s < W;
      all.push({ f, i, j, k, u, v, r, s, c: firstChannel(f, layer) + k, inside });
    }
  }
  return all;
}

// The filters of a group see the channels of that group alone.
function firstChannel(f, { F, K, groups }) {
  return Math.floor(f / (F / groups)) * K;
}

function forward(x, w, b, layer) {
  const { F, K, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const xpad = pad2d(x, padding);
  return array([F, oh, ow], (f, i, j) => {
    let sum = b[f];
    for (let k = 0; k < K; k++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
      const channel = xpad[firstChannel(f, layer) + k];
      sum += channel[i * stride + u * dilation][j * stride + v * dilation] * w[f][k][u][v];
    }
    return sum;
  });
}

function im2col(x, layer) {
  const { C, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const xpad = pad2d(x, padding), cols = [];
  for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
    cols.push(array([C, kh, kw], (c, u, v) =>
      xpad[c][i * stride + u * dilation][j * stride + v * dilation]).flat(2));
  }
  return cols;
}

function col2im(cols, layer) {
  const { C, H, W, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const xpad = array([C, H + 2 * padding, W + 2 * padding], () => 0);
  for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
    for (let c = 0; c < C; c++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
      xpad[c][i * stride + u * dilation][j * stride + v * dilation]
        += cols[i * ow + j][(c * kh + u) * kw + v];
    }
  }
  return withoutFrame(xpad, layer);
}

// null stands where a window does not reach: it counts as 0, and is not a kernel's zero.
function asMatrix(w, layer) {
  const { F, C, H, W, oh, ow, transposed } = layer;
  const A = array([F * oh * ow, C * H * W], () => null);
  for (const { f, i, j, k, u, v, c, r, s, inside } of meetings(layer)) {
    if (inside) A[(f * oh + i) * ow + j][(c * H + r) * W + s] = w[f][k][u][v];
  }
  return transposed ? array([C * H * W, F * oh * ow], (p, q) => A[q][p]) : A;
}

function backwardBias(dy) {
  return dy.map((map) => map.flat().reduce((sum, entry) => sum + entry, 0));
}

function backwardWeights(dy, x, layer) {
  const { F, K, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const xpad = pad2d(x, padding);
  return array([F, K, kh, kw], (f, k, u, v) => {
    const channel = xpad[firstChannel(f, layer) + k];
    let sum = 0;
    for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
      sum += dy[f][i][j] * channel[i * stride + u * dilation][j * stride + v * dilation];
    }
    return sum;
  });
}

// Scatter: every output stamps its filter, times its gradient. `last` ends the loop early, after
// the output (f, i, j). With `overwrite` it makes the mistake that "break it" shows.
function backwardInput(dy, w, layer, last = null, overwrite = false) {
  const { F, K, C, H, W, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const dxpad = array([C, H + 2 * padding, W + 2 * padding], () => 0);
  for (let f = 0; f < F; f++) for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
    for (let k = 0; k < K; k++) for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
      const row = dxpad[firstChannel(f, layer) + k][i * stride + u * dilation];
      const s = j * stride + v * dilation;
      row[s] = (overwrite ? 0 : row[s]) + dy[f][i][j] * w[f][k][u][v];
    }
    if (last && String([f, i, j]) === String(last)) return withoutFrame(dxpad, layer);
  }
  return withoutFrame(dxpad, layer);
}

// dy with stride - 1 zeros between its entries, and a frame in which a whole kernel fits.
function spread(dy, layer) {
  const { F, oh, ow, stride, spanH, spanW } = layer;
  const shape = [F, (oh - 1) * stride + 2 * spanH - 1, (ow - 1) * stride + 2 * spanW - 1];
  const framed = array(shape, () => 0);
  for (let f = 0; f < F; f++) for (let i = 0; i < oh; i++) for (let j = 0; j < ow; j++) {
    framed[f][spanH - 1 + i * stride][spanW - 1 + j * stride] = dy[f][i][j];
  }
  return framed;
}

function turned(w) {
  return w.map((filter) => filter.map((kernel) => kernel.map((row) => [...row].reverse()).reverse()));
}

// Collect: every pixel gathers from the spread dy, through the turned kernel.
function collectInput(dy, w, layer) {
  const { F, K, C, H, W, kh, kw, padding, dilation } = layer;
  const framed = spread(dy, layer), flipped = turned(w);
  return array([C, H, W], (c, r, s) => {
    let sum = 0;
    for (let f = 0; f < F; f++) {
      const k = c - firstChannel(f, layer);
      if (k < 0 || k >= K) continue;
      for (let u = 0; u < kh; u++) for (let v = 0; v < kw; v++) {
        const entry = framed[f][r + padding + u * dilation]?.[s + padding + v * dilation] ?? 0;
        sum += entry * flipped[f][k][u][v];
      }
    }
    return sum;
  });
}

function inner(a, b) {
  const [p, q] = [a.flat(Infinity), b.flat(Infinity)];
  return p.reduce((sum, entry, k) => sum + entry * q[k], 0);
}

// Aᵀ dy as it comes out with a mistake. Not every mistake is wrong for all numbers, so the first
// that parts the two sums is taken.
const MISTAKES = [
  ["= in the place of +=: windows that overlap overwrite each other", (dy, w, layer) =>
    backwardInput(dy, w, layer, null, true)],
  ["the kernel is turned by 180°, once too often", (dy, w, layer) =>
    backwardInput(dy, turned(w), layer)],
  ["everything is added up twice", (dy, w, layer) =>
    backwardInput(dy, w, layer).map((c) => c.map((row) => row.map((entry) => 2 * entry)))],
];

// ---- The state, as attributes hold it ----

const DEFAULTS = {
  x: "[[0,1,2,3],[4,5,6,7],[8,9,10,11],[12,13,14,15]]",
  w: "[[-1,-2,0],[1,0,-2],[0,-1,2]]",
  b: "0", stride: "1", padding: "0", dilation: "1", groups: "1", view: "forward",
};
const SETTINGS = ["stride", "padding", "dilation", "groups"];
const ATTRIBUTES = ["x", "w", "b", "dy", ...SETTINGS, "transposed", "view", "select", "editable",
  "views", "controls", "plays", "broken", "got", "expected", "used", "should", "of"];
const SHARED = ["x", "w", "b", "dy", ...SETTINGS, "transposed", "view", "select"];
const MOST = { size: 8, kernel: 5, stride: 4, padding: 3, dilation: 3 };
const NEW_GRADIENTS = [1, -2, 3, 0.5];
const NEW_WEIGHTS = [1, 0, -1, 2];

function parsed(name, text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} must be numbers in JSON, got ${text}`);
  }
}

// Keep what was there, and let `fresh` fill what is new.
function fitted(old, shape, fresh) {
  return array(shape, (...index) => at(old, index) ?? fresh(...index));
}

function readState(attribute) {
  const read = (name) => attribute(name) ?? DEFAULTS[name];
  const state = { view: read("view"), transposed: attribute("transposed") !== null };
  for (const name of SETTINGS) state[name] = Number(read(name));
  if (state.view === "yours") return state;
  state.x = lifted(parsed("x", read("x")), 3);
  state.w = lifted(parsed("w", read("w")), 4);
  const b = parsed("b", read("b"));
  state.layer = layerOf(state);
  const { maps } = state.layer;
  state.b = Array.isArray(b) ? fitted(b, [maps[0]], () => 0) : Array(maps[0]).fill(b);
  const dy = attribute("dy") ? lifted(parsed("dy", attribute("dy")), 3) : [];
  const [, height, width] = maps;
  state.dy = fitted(dy, maps, (f, i, j) =>
    NEW_GRADIENTS[((f * height + i) * width + j) % NEW_GRADIENTS.length]);
  return state;
}

function lifted(nested, axes) {
  return shapeOf(nested).length < axes ? lifted([nested], axes) : nested;
}

function layerOf({ x, w, stride, padding, dilation, groups, transposed }) {
  const [F, K, kh, kw] = shapeOf(w), [channels, height, width] = shapeOf(x);
  const spanH = dilation * (kh - 1) + 1, spanW = dilation * (kw - 1) + 1;
  const sizes = { F, K, kh, kw, spanH, spanW, stride, padding, dilation, groups, transposed };
  if (channels !== (transposed ? F : K * groups)) {
    throw new Error(`x has ${channels} channels, but w is made for ${transposed ? F : K * groups}`);
  }
  if (transposed) {
    const H = (height - 1) * stride + spanH - 2 * padding;
    const W = (width - 1) * stride + spanW - 2 * padding;
    if (H < 1 || W < 1) throw new Error("The padding leaves nothing of the output.");
    return { ...sizes, C: K, H, W, oh: height, ow: width, maps: [K, H, W] };
  }
  if (spanH > height + 2 * padding || spanW > width + 2 * padding) {
    throw new Error(`The kernel spans ${spanH} by ${spanW} pixels, but the padded image has only `
      + `${height + 2 * padding} by ${width + 2 * padding}.`);
  }
  const oh = outputSize(height, kh, stride, padding, dilation);
  const ow = outputSize(width, kw, stride, padding, dilation);
  return { ...sizes, C: channels, H: height, W: width, oh, ow, maps: [F, oh, ow] };
}

// ---- The views ----
//
// A role says which part of a meeting an array belongs to, and so which of its entries light up.

const ROLES = {
  small: { key: (m) => [m.f, m.i, m.j], boxes: ({ F, oh, ow }) => [sheets(F, oh, ow)] },
  big: { key: (m) => [m.c, m.r, m.s], boxes: bigBoxes },
  weight: { key: (m) => [m.f, m.k, m.u, m.v], boxes: weightBoxes },
  turned: { key: (m) => [m.f, m.k, m.u, m.v], boxes: (layer) => weightBoxes(layer, true) },
  spread: { key: (m) => [m.f, m.i, m.j], boxes: spreadBoxes },
  bias: { key: (m, layer) => [layer.transposed ? m.c : m.f], boxes: ({ maps }) =>
    [[array([maps[0], 1], (f) => ({ index: [f] }))]] },
  columns: { key: (m, { ow, kh, kw }) => [m.i * ow + m.j, (m.c * kh + m.u) * kw + m.v],
    boxes: ({ oh, ow, C, kh, kw }) => [[array([oh * ow, C * kh * kw], place)]] },
  matrix: { key: matrixKey, boxes: ({ F, oh, ow, C, H, W, transposed }) => {
    const sides = [F * oh * ow, C * H * W];
    return [[array(transposed ? sides.reverse() : sides, place)]];
  } },
};

function place(...index) {
  return { index };
}

function sheets(count, height, width) {
  return array([count], (k) => array([height, width], (r, s) => ({ index: [k, r, s] })));
}

function bigBoxes({ C, H, W, padding: p }) {
  return [array([C], (c) => array([H + 2 * p, W + 2 * p], (row, column) => {
    const r = row - p, s = column - p;
    return { index: [c, r, s], frame: r < 0 || s < 0 || r >= H || s >= W };
  }))];
}

function weightBoxes({ F, K, kh, kw }, flip = false) {
  return array([F, K], (f, k) => array([kh, kw], (u, v) =>
    ({ index: flip ? [f, k, kh - 1 - u, kw - 1 - v] : [f, k, u, v] })));
}

function spreadBoxes({ F, oh, ow, stride, spanH, spanW }) {
  const height = (oh - 1) * stride + 2 * spanH - 1, width = (ow - 1) * stride + 2 * spanW - 1;
  return [array([F], (f) => array([height, width], (row, column) => {
    const i = (row - spanH + 1) / stride, j = (column - spanW + 1) / stride;
    const real = [i, j].every(Number.isInteger) && i >= 0 && j >= 0 && i < oh && j < ow;
    return { index: real ? [f, i, j] : [f, `${row}z`, column], frame: !real, row, column };
  }))];
}

function matrixKey(m, { oh, ow, H, W, transposed }) {
  const sides = [(m.f * oh + m.i) * ow + m.j, (m.c * H + m.r) * W + m.s];
  return transposed ? sides.reverse() : sides;
}

// How each array is called, what it means (which is its colour), its role, and its numbers.
// `inSide` and `outSide` are the roles of the layer's input and output.
const inSide = (layer) => (layer.transposed ? "small" : "big");
const outSide = (layer) => (layer.transposed ? "big" : "small");
const GRIDS = {
  x: { title: "x", meaning: "input", role: inSide, numbers: (s) => s.x, given: true },
  w: { title: "w", meaning: "kernel", role: () => "weight", numbers: (s) => s.w, given: true },
  b: { title: "b", meaning: "kernel", role: () => "bias", numbers: (s) => s.b, given: true },
  y: { title: "y", meaning: "output", role: outSide, numbers: outputs },
  dy: { title: "dy", meaning: "gradient", role: outSide, numbers: (s) => s.dy, given: true },
  dw: { title: "dw", meaning: "gradient", role: () => "weight", numbers: weightGradients },
  db: { title: "db", meaning: "gradient", role: () => "bias", numbers: (s) => backwardBias(s.dy) },
  dx: { title: "dx", meaning: "gradient", role: inSide, numbers: inputGradients },
  spread: { title: "dy, spread", meaning: "gradient", role: () => "spread",
    numbers: (s) => spread(s.dy, s.layer) },
  turned: { title: "w, turned by 180°", meaning: "kernel", role: () => "turned",
    numbers: (s) => s.w },
  collected: { title: "dx", meaning: "gradient", role: inSide,
    numbers: (s) => collectInput(s.dy, s.w, s.layer) },
  cols: { title: "cols", meaning: "input", role: () => "columns",
    numbers: (s) => im2col(s.x, s.layer) },
  back: { title: "col2im(cols)", meaning: "input", role: () => "big",
    numbers: (s) => col2im(im2col(s.x, s.layer), s.layer) },
  A: { title: "A", meaning: "kernel", role: () => "matrix", numbers: (s) => asMatrix(s.w, s.layer) },
  Ax: { title: "A x", meaning: "output", role: outSide,
    numbers: (s) => outputs({ ...s, b: s.b.map(() => 0) }) },
  ATdy: { title: "Aᵀ dy", meaning: "gradient", role: inSide, numbers: adjointGradients },
};

function outputs({ x, w, b, layer }) {
  if (!layer.transposed) return forward(x, w, b, layer);
  return backwardInput(x, w, layer).map((map, f) => map.map((row) => row.map((v) => v + b[f])));
}

function weightGradients({ x, dy, layer }) {
  return layer.transposed ? backwardWeights(x, dy, layer) : backwardWeights(dy, x, layer);
}

function inputGradients({ w, dy, layer }, last = null) {
  if (!layer.transposed) return backwardInput(dy, w, layer, last);
  return forward(dy, w, Array(layer.F).fill(0), layer);
}

function adjointGradients(state) {
  return state.broken ? state.broken.result : inputGradients(state);
}

// The mistake that "break it" makes with these numbers. The transposed layer's backward pass is a
// forward pass, which nothing overlaps in: there the kernel is turned.
function mistakeFor(state) {
  const { x, w, dy, layer } = state;
  const right = inner(x, inputGradients(state));
  const made = MISTAKES.map(([words, make]) => ({
    words,
    result: layer.transposed ? inputGradients({ ...state, w: turned(w) }) : make(dy, w, layer),
  }));
  const parts = ({ result }) => Math.abs(inner(x, result) - right) > 1e-9 * (1 + Math.abs(right));
  if (!layer.transposed) return made.find(parts) ?? made[2];
  const doubled = inputGradients(state).map((c) => c.map((row) => row.map((v) => 2 * v)));
  const turnedOnce = { ...made[0], words: MISTAKES[1][0] };
  return parts(turnedOnce) ? turnedOnce : { words: MISTAKES[2][0], result: doubled };
}

// Which two arrays an entry is a sum of products of.
const FACTORS = {
  y: ["x", "w"], Ax: ["x", "w"], dw: ["x", "dy"], dx: ["dy", "w"], ATdy: ["dy", "w"],
  collected: ["spread", "turned"], cols: ["x"], back: ["cols"], db: ["dy"],
};

// What each view shows: panels of arrays with the sign before each; `target` is the array that a
// view computes, `plays` the one whose entries it steps through.
const VIEWS = {
  forward: { title: "Forward", target: () => "y", plays: () => "y",
    panels: () => [{ grids: [["", "x"], ["⋆", "w"], ["+", "b"], ["=", "y"]] }] },
  columns: { title: "Columns", target: () => "cols", plays: () => "cols", plainOnly: true,
    panels: () => [{ grids: [["", "x"], ["→", "cols"], ["→", "back"]] }] },
  matrix: { title: "Matrix", target: () => "y", plays: () => "y",
    panels: () => [{ grids: [["", "A"], ["·", "x"], ["+", "b"], ["=", "y"]] },
      { grids: [["made of", "w"]] }] },
  dw: { title: "dw", target: () => "dw", plays: () => "dw",
    panels: () => [{ grids: [["", "x"], ["⋆", "dy"], ["=", "dw"], ["sum of dy:", "db"]] }] },
  dx: { title: "dx", target: () => "dx",
    plays: ({ transposed }) => (transposed ? "dx" : "dy"),
    panels: ({ transposed }) => (transposed ? [{ grids: [["", "dy"], ["⋆", "w"], ["=", "dx"]] }] : [
      { title: "Scatter: each output stamps its kernel",
        grids: [["", "dy"], ["", "w"], ["→", "dx"]] },
      { title: "Collect: each pixel gathers",
        grids: [["", "spread"], ["⋆", "turned"], ["=", "collected"]] },
    ]) },
  adjoint: { title: "Adjoint", target: (name) => (["x", "Ax"].includes(name) ? "Ax" : "ATdy"),
    plays: () => "Ax",
    panels: () => [{ title: "Forward: A x", grids: [["", "x"], ["⋆", "w"], ["=", "Ax"]] },
      { title: "Backward: Aᵀ dy", grids: [["", "dy"], ["→", "ATdy"]] }] },
  ask: { title: "Ask" },
  yours: { title: "Yours" },
};

// The view that a question is asked in follows from the array that it asks about.
const ASKED_IN = { y: "forward", dw: "dw", db: "dw", dx: "dx", collected: "dx" };

// ---- Words, formulas and code ----
//
// Pieces of text are strings, or [text, meaning] where they have a colour.

function short(entry) {
  if (entry === null || entry === undefined) return "";
  const tidy = Math.abs(entry) < 1e-12 ? 0 : entry;
  const whole = Number.isInteger(tidy) && Math.abs(tidy) < 1e5;
  return String(whole ? tidy : Number(tidy.toPrecision(3))).replaceAll("-", "−");
}

function signed(entry) {
  return entry < 0 ? `(${short(entry)})` : short(entry);
}

// x[1, 2], with the axes left out that have but one entry
function called(name, index, state) {
  const { layer } = state, grid = GRIDS[name], role = grid.role(layer);
  let shown = index;
  if (role === "big" || role === "small") {
    shown = index.slice((role === "big" ? layer.C : layer.F) === 1 ? 1 : 0);
  } else if (role === "weight" || role === "turned") {
    shown = index.slice(layer.F * layer.K === 1 ? 2 : 0);
  } else if (role === "bias" && layer.maps[0] === 1) {
    shown = [];
  }
  const word = { turned: "w", spread: "dy", collected: "dx", back: "back", ATdy: "dx", Ax: "y" };
  const known = word[name] ?? grid.title;
  return shown.length ? `${known}[${shown.join(", ")}]` : known;
}

function range(start, count, step = 1) {
  const stop = start + (count - 1) * step + 1;
  return step === 1 ? `${start}:${stop}` : `${start}:${stop}:${step}`;
}

// A slice of a padded stack: "xpad[:, 0:3, 1:4]"
function sliceOf(name, channels, rows, columns, state) {
  const padded = state.layer.padding ? `${name}pad` : name;
  return `${padded}[${[...channels, rows, columns].join(", ")}]`;
}

function stackSlices(state, f) {
  const { C, K, groups } = state.layer, first = firstChannel(f, state.layer);
  if (C === 1) return [];
  return [groups === 1 ? ":" : K === 1 ? `${first}` : `${first}:${first + K}`];
}

const only = (count, index) => (count === 1 ? "" : `[${index}]`);

// The line of code that computes a target's entry: one for each role that a target can have.
const SUM_CODE = {
  small(target, [f, i, j], state) {
    const { layer } = state, { stride, dilation, kh, kw, F, K } = layer;
    const [from, by] = FACTORS[target];
    const window = sliceOf(from, stackSlices(state, f),
      range(i * stride, kh, dilation), range(j * stride, kw, dilation), state);
    const filter = F * K === 1 ? by : K === 1 ? `${by}[${f}, 0]` : `${by}[${f}]`;
    return [" = np.sum(", [window, from], " * ", [filter, by], ")"];
  },
  big(target, [c, r, s], state) {
    const { layer } = state, { F, C, K, kh, kw, padding, dilation, groups } = layer;
    const [from, by] = FACTORS[target], start = Math.floor(c / K) * (F / groups);
    const maps = F === 1 ? [] : [groups === 1 ? ":" : `${start}:${start + F / groups}`];
    const rows = range(r + padding, kh, dilation), columns = range(s + padding, kw, dilation);
    const kernels = F * K === 1 ? [] : [groups === 1 ? ":" : maps[0] ?? "0", c % K];
    return [" = np.sum(", [`spread[${[...maps, rows, columns].join(", ")}]`, from],
      " * ", [`w[${[...kernels, "::-1", "::-1"].join(", ")}]`, by], ")"];
  },
  weight(target, [f, k, u, v], state) {
    const { layer } = state, { oh, ow, stride, dilation, F, C } = layer;
    const names = layer.transposed ? ["dy", "x"] : ["x", "dy"];
    const channel = C === 1 ? [] : [firstChannel(f, layer) + k];
    const pixels = sliceOf(names[0], channel,
      range(u * dilation, oh, stride), range(v * dilation, ow, stride), state);
    return [" = np.sum(", [names[1] + only(F, f), names[1]], " * ", [pixels, names[0]], ")"];
  },
};

// The line of code by which an entry goes into a target, from one role to another.
const FAN_CODE = {
  "small weight": stampCode,
  "small big": stampCode,
  "big small": metCode,
  "big weight": metCode,
  "weight small": slideCode,
  "weight big": slideCode,
};

function stampCode(name, index, target, state) {
  const { layer } = state, { stride, dilation, kh, kw, F, K } = layer, [f, i, j] = index;
  const rows = range(i * stride, kh, dilation), columns = range(j * stride, kw, dilation);
  const other = FACTORS[target].find((factor) => factor !== name), entry = called(name, index, state);
  const window = (array) => sliceOf(array, stackSlices(state, f), rows, columns, state);
  if (GRIDS[target].role(layer) === "big") {
    return [[window(called(target, [], state)), target], " += ", [entry, name], " * ",
      [`w${F * K === 1 ? "" : `[${f}]`}`, "w"]];
  }
  return [[`dw${F * K === 1 ? "" : `[${f}]`}`, "dw"], " += ", [entry, name], " * ",
    [window(other), other]];
}

function metCode(name, [c, r, s], target, state) {
  const { layer } = state, { padding, F, C, K } = layer;
  const other = FACTORS[target].find((factor) => factor !== name);
  const weight = `[${F * K === 1 ? "" : `f, ${c % K}, `}`
    + `${offset(r + padding, "i", layer)}, ${offset(s + padding, "j", layer)}]`;
  const map = F === 1 ? "[i, j]" : "[f, i, j]";
  const ends = GRIDS[target].role(layer) === "small" ? [map, weight] : [weight, map];
  return [[called(target, [], state) + ends[0], target], " += ", [called(name, [c, r, s], state), name],
    " * ", [other + ends[1], other]];
}

// Which row of the kernel a pixel's row meets in window i: "3 - 2 * i"
function offset(start, letter, { stride, dilation }) {
  const steps = stride === 1 ? letter : `${stride} * ${letter}`;
  return dilation === 1 ? `${start} - ${steps}` : `(${start} - ${steps}) // ${dilation}`;
}

function slideCode(name, [f, k, u, v], target, state) {
  const { layer } = state, { oh, ow, stride, dilation, F, C } = layer;
  const other = FACTORS[target].find((factor) => factor !== name);
  const channel = C === 1 ? [] : [firstChannel(f, layer) + k];
  const pixels = (array) => sliceOf(array, channel,
    range(u * dilation, oh, stride), range(v * dilation, ow, stride), state);
  const map = (array) => array + only(F, f), weight = called(name, [f, k, u, v], state);
  const into = called(target, [], state);
  return GRIDS[target].role(layer) === "small"
    ? [[map(into), target], " += ", [pixels(other), other], " * ", [weight, name]]
    : [[pixels(into), target], " += ", [map(other), other], " * ", [weight, name]];
}

// What is said of the selected entry: the meetings it takes part in, a sentence, code, and a formula.
function explain(state, viewName, { name, index }) {
  const { layer } = state, role = GRIDS[name].role(layer);
  const target = FACTORS[name] ? name : VIEWS[viewName].target(name);
  const chosen = chosenMeetings(name, role, index, layer);
  const said = { target, chosen };
  if (role === "columns") return { ...said, ...explainRow(state, index, chosen) };
  if (role === "matrix") return { ...said, ...explainMatrix(state, index, chosen) };
  if (role === "bias") return { ...said, ...explainBias(state, name, index) };
  if (viewName === "columns") return { ...said, ...explainCopies(state, name, index, chosen) };
  const words = { caption: caption(state, viewName, name, target, index, chosen.length) };
  if (FACTORS[name]) return { ...said, ...words, ...explainSum(state, name, role, index, chosen) };
  return { ...said, ...words, ...explainFan(state, name, role, index, target, chosen) };
}

function chosenMeetings(name, role, index, layer) {
  const all = meetings(layer), { key } = ROLES[role];
  if (role === "matrix") return all.filter((m) => m.inside && key(m, layer)[0] === index[0]);
  if (role === "columns") {
    const filters = layer.F / layer.groups; // the first of each group: each pixel once
    return all.filter((m) => m.f % filters === 0 && key(m, layer)[0] === index[0]);
  }
  const chosen = all.filter((m) => String(key(m, layer)) === String(index));
  return layer.transposed || role === "big" ? chosen.filter((m) => m.inside) : chosen;
}

function products(state, factors, chosen) {
  const pieces = [];
  chosen.forEach((m, k) => {
    if (k) pieces.push(" + ");
    const [p, q] = factors.map((factor) => entryOf(state, factor, m));
    pieces.push([signed(p), factors[0], m], "·", [signed(q), factors[1], m]);
  });
  return pieces;
}

function entryOf(state, name, m) {
  const source = { spread: "dy", turned: "w" }[name] ?? name;
  return at(state[source], ROLES[GRIDS[source].role(state.layer)].key(m)) ?? 0;
}

function explainSum(state, name, role, index, chosen) {
  const sum = [called(name, index, state), name];
  const value = at(GRIDS[name].numbers(state), index);
  const right = name === "ATdy" ? at(inputGradients(state), index) : value;
  const bias = name === "y" ? [["b" + only(state.layer.maps[0], index[0]), "b"]] : [];
  const added = name === "y" ? [signed(state.b[index[0]]), "b"] : null;
  const code = chosen.length
    ? [sum, ...SUM_CODE[role](name === "collected" ? "dx" : name, index, state)]
    : [sum, " = ", "0"];
  const formula = [sum, " = ", ...products(state, FACTORS[name], chosen)];
  if (!chosen.length && !added) formula.push("0");
  if (added) formula.push(...(chosen.length ? [" + "] : []), added);
  formula.push(" = ", [short(right), name]);
  if (right !== value) formula.push(", but with the mistake ", [short(value), name]);
  if (bias.length) code.push(" + ", ...bias);
  return { code, formula };
}

function explainFan(state, name, role, index, target, chosen) {
  const from = GRIDS[target].role(state.layer), formula = [];
  const other = FACTORS[target].find((factor) => factor !== name);
  const reaching = from === "big" ? chosen.filter((m) => m.inside) : chosen;
  for (const m of reaching) {
    const [p, q] = [entryOf(state, name, m), entryOf(state, other, m)];
    if (formula.length) formula.push(",  ");
    formula.push([called(target, ROLES[from].key(m), state), target, m], " += ",
      [signed(p), name, m], "·", [signed(q), other, m]);
  }
  const code = reaching.length ? FAN_CODE[`${role} ${from}`](name, index, target, state) : [];
  return { code, formula };
}

function explainRow(state, [row, column], chosen) {
  const { layer } = state, { ow, stride, dilation, kh, kw } = layer;
  const i = Math.floor(row / ow), j = row % ow;
  const window = sliceOf("x", layer.C === 1 ? [] : [":"],
    range(i * stride, kh, dilation), range(j * stride, kw, dilation), state);
  const entries = chosen.flatMap((m, k) => [k ? "  " : "", [short(entryOf(state, "x", m)), "x", m]]);
  const { r, s, c } = chosen[column];
  const source = called("x", [c, r, s], state);
  const origin = chosen[column].inside ? `is ${source}` : "is padding";
  return {
    caption: `Row ${row} is the window of y[${i}, ${j}], laid out. Its entry ${column} ${origin}.`,
    code: [[`cols[${row}]`, "cols"], " = ", [window, "x"], ".ravel()"],
    formula: [[`cols[${row}]`, "cols"], " = ", ...entries],
  };
}

function explainCopies(state, name, index, chosen) {
  const { layer } = state, { C, kh, kw, groups, F } = layer;
  const copies = chosen.filter((m) => m.f % (F / groups) === 0);
  const value = at(state.x, index), pixel = called("x", index, state);
  const keys = copies.map((m) => [`cols[${ROLES.columns.key(m, layer).join(", ")}]`, "cols", m]);
  if (name === "x") {
    return {
      caption: count(copies.length, "window holds", "windows hold", ` ${pixel}`, pixel),
      code: [...keys.flatMap((key) => [key, " = "]), [pixel, "x"]],
      formula: [...keys.flatMap((key) => [key, " = "]), [short(value), "x"]],
    };
  }
  const sum = [called("back", index, state), "back"], window = "[i * S : , j * S : ]";
  const channels = C === 1 ? `(${kh}, ${kw})` : `(${C}, ${kh}, ${kw})`;
  return {
    caption: `col2im adds every copy back to where it came from. ${
      count(copies.length, "copy", "copies", ` of ${pixel}`, pixel)}`,
    code: [["back[window i, j]", "back"], " += ",
      [`cols[i * ${layer.ow} + j]`, "cols"], `.reshape${channels}`],
    formula: [sum, " = ", ...copies.flatMap((m, k) => [k ? " + " : "", [signed(value), "cols", m]]),
      ...(copies.length ? [" = "] : []), [short(copies.length * value), "back"]],
  };
}

function explainMatrix(state, [row, column], chosen) {
  const { layer } = state, { key } = ROLES.matrix, { maps } = layer;
  const y = [Math.floor(row / (maps[1] * maps[2])), Math.floor(row / maps[2]) % maps[1], row % maps[2]];
  const [, height, width] = shapeOf(state.x);
  const x = [Math.floor(column / (height * width)), Math.floor(column / width) % height, column % width];
  const m = chosen.find((other) => key(other, layer)[1] === column);
  const output = called("y", y, state), pixel = called("x", x, state);
  const here = m ? `Here they meet with ${called("w", ROLES.weight.key(m), state)}.`
    : "They do not meet: the entry is 0.";
  const value = at(outputs(state), y);
  return {
    caption: `Row ${row} is the output ${output}, column ${column} the pixel ${pixel}. ${here}`,
    code: [[`y.ravel()[${row}]`, "y"], " = ", [`A[${row}]`, "A"], " @ ", ["x.ravel()", "x"], " + ",
      ["b" + only(maps[0], y[0]), "b"]],
    formula: [[output, "y"], " = ", ...products(state, ["w", "x"], chosen),
      chosen.length ? " + " : "", [signed(state.b[y[0]]), "b"], " = ", [short(value), "y"]],
  };
}

function explainBias(state, name, index) {
  const [f] = index, map = only(state.layer.maps[0], f), entries = state.dy[f].flat();
  if (name === "b") {
    return {
      caption: `The bias is added to each of the ${entries.length} outputs.`,
      code: [["y" + map, "y"], " += ", ["b" + map, "b"]],
      formula: [["b" + map, "b"], " = ", [short(state.b[f]), "b"]],
    };
  }
  return {
    caption: "The bias reaches every output: its gradient is the sum of all that arrives.",
    code: [["db" + map, "db"], " = ", ["dy" + map, "dy"], ".sum()"],
    formula: [["db" + map, "db"], " = ",
      ...entries.flatMap((entry, k) => [k ? " + " : "", [signed(entry), "dy"]]),
      " = ", [short(backwardBias(state.dy)[f]), "db"]],
  };
}

function count(n, one, many, rest, pixel) {
  return n ? `${n} ${n === 1 ? one : many}${rest}.` : `No window reaches ${pixel}.`;
}

// One sentence on what is selected.
function caption(state, viewName, name, target, index, n) {
  const { layer } = state, { maps } = layer, entry = called(name, index, state);
  const role = GRIDS[name].role(layer), outputsInAll = maps[0] * maps[1] * maps[2];
  if (role === "big" && !n) {
    return layer.transposed ? `Nothing reaches ${entry}.` : `No window reaches ${entry}: a remainder.`;
  }
  if (role === "weight" || role === "turned") {
    return FACTORS[name]
      ? `${entry}: every pixel that ${called("w", index, state)} met, times dy of that output.`
      : `${entry} meets a pixel for each output: ${n} in all.`;
  }
  const sees = (verb) => count(n, `output ${verb}s`, `outputs ${verb}`, ` ${entry}`, entry);
  if (name === "dx" || name === "collected" || name === "ATdy") {
    return layer.transposed ? `${entry}: its window of dy, times the kernel, summed.`
      : `${entry}: what ${n === 1 ? "the one output" : `the ${n} outputs`} that saw ${
        called("x", index, state)} ${n === 1 ? "sends" : "send"} back.`;
  }
  if (target === "dw") return `${entry} goes into ${n === 1 ? "one entry" : `${n} entries`} of dw.`;
  if (name === "dy" || name === "spread") {
    if (layer.transposed) return `${entry} goes into ${n === 1 ? "one entry" : `${n} entries`} of dx.`;
    const [f, i, j] = index, done = (f * maps[1] + i) * maps[2] + j + 1;
    const far = viewName === "dx" ? ` So far: ${done} of ${outputsInAll} outputs.` : "";
    return `${entry} stamps the kernel, times ${short(at(state.dy, index))}, onto its window.${far}`;
  }
  if (name === "x") {
    return layer.transposed ? `${entry} stamps the kernel, times ${short(at(state.x, index))}, onto y.`
      : sees("see");
  }
  const bias = name === "y" ? ", plus the bias" : "";
  return layer.transposed ? `${entry}: the stamps that reach it, summed${bias}.`
    : `${entry}: its window times the kernel, summed${bias}.`;
}

// A formula read aloud.
function spoken(text) {
  return text.replaceAll("·", " times ").replaceAll(" + ", " plus ").replaceAll("+=", "gets")
    .replaceAll("=", "equals").replaceAll("−", "minus ").replace(/[()]/g, "").replace(/\s+/g, " ");
}

function textOf(pieces) {
  return pieces.map((piece) => (Array.isArray(piece) ? piece[0] : piece)).join("");
}

// The output's size along one axis, with its numbers.
function sizeFormula(axis, layer) {
  const { stride: S, padding: P, dilation: D, transposed } = layer;
  const [size, kernel, made] = axis === "h"
    ? [transposed ? layer.oh : layer.H, layer.kh, layer.maps[1]]
    : [transposed ? layer.ow : layer.W, layer.kw, layer.maps[2]];
  const name = `o${axis}`, pad = P ? (transposed ? ` − 2·${P}` : ` + 2·${P}`) : "";
  if (transposed) return [[name, "y"], " = (", [`${size}`, "x"], ` − 1)·${S} + `, [`${kernel}`, "w"],
    pad, " = ", [`${made}`, "y"]];
  const span = D === 1 ? [[`${kernel}`, "w"]] : [`(${D}·(`, [`${kernel}`, "w"], " − 1) + 1)"];
  return [[name, "y"], " = ⌊(", [`${size}`, "x"], pad, " − ", ...span, `) / ${S}⌋ + 1 = `,
    [`${made}`, "y"]];
}

// ---- The element ----

const STYLES = `
:host { display: block; container-type: inline-size; margin-block: 1rem; line-height: 1.45;
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
:host([hidden]) { display: none; }
.bench { --paper: #ffffff; --ink: #1f2430; --muted: #565d6a; --line: #c3c8d0; --soft: #f4f5f7;
  --accent: #0b5b75; --cell: 34px; --dark-ink: #161a22;
  --input: #ffe38a; --kernel: #a5e3f2; --output: #59a68c; --gradient: #b98af5; --padding: #d9dce1;
  color: var(--ink); }
.bench.dark { --paper: #161b22; --ink: #e6e9ee; --muted: #a5adba; --line: #48515e; --soft: #1e252e;
  --accent: #7fd3da; }
.input { --fill: var(--input); --edge: #8a6400; }
.kernel { --fill: var(--kernel); --edge: #1668a5; }
.output { --fill: var(--output); --edge: #0b4a36; }
.gradient { --fill: var(--gradient); --edge: #5b1fa8; }
.tabs, .buttons { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 14px; }
button { font: inherit; font-size: 14px; min-height: 32px; padding: 3px 12px; border-radius: 6px;
  border: 1px solid var(--line); background: var(--paper); color: var(--ink); cursor: pointer; }
button:hover { border-color: var(--accent); }
button[aria-pressed="true"] { background: var(--accent); border-color: var(--accent);
  color: var(--paper); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.size { display: flex; flex-wrap: wrap; gap: 4px 28px; margin-bottom: 12px; }
.panels { display: flex; flex-wrap: wrap; gap: 18px 40px; align-items: flex-start; }
.panel { min-width: 0; max-width: 100%; }
.panel h3 { font-size: 14px; font-weight: 600; margin: 0 0 8px; color: var(--ink); }
.grids { display: flex; flex-wrap: wrap; gap: 14px 12px; align-items: center; }
.item { display: flex; align-items: center; gap: 12px; min-width: 0; max-width: 100%; }
.sign { color: var(--muted); font-size: 18px; padding-top: 22px; white-space: nowrap; }
.sign.word { font-size: 13px; }
.array { min-width: 0; }
.label { display: block; margin-bottom: 4px; font-size: 13px; color: var(--muted); }
.chip { background: var(--fill); color: var(--dark-ink); border-radius: 4px; padding: 1px 5px;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; }
.label .chip { font-weight: 600; }
.boxes { display: flex; flex-wrap: wrap; gap: 10px; padding: 4px; margin: -4px; overflow-x: auto; }
.box { display: grid; gap: 8px; }
.stacked .box { border: 1px solid var(--line); border-radius: 8px; padding: 6px; background: var(--soft); }
.stacked .sheet + .sheet, .stacked .sheet { margin-left: calc(var(--depth) * 7px); }
.name { display: block; font-size: 11px; color: var(--muted); margin-left: calc(var(--depth) * 7px); }
.sheet { display: inline-block; border: 1px solid var(--line); border-radius: 3px; width: max-content; }
.row { display: flex; }
.cell { box-sizing: border-box; position: relative; display: flex; flex-direction: column;
  align-items: center; justify-content: center; cursor: pointer; user-select: none;
  width: clamp(var(--least), calc((100cqi - 12px) / var(--n)), var(--cell));
  height: min(var(--cell), max(24px, calc((100cqi - 12px) / var(--n))));
  font-size: 13px; line-height: 1.1; font-variant-numeric: tabular-nums;
  background: color-mix(in srgb, var(--fill) 16%, var(--paper)); color: var(--ink);
  border: 0.5px solid var(--line); }
.cell.fixed { cursor: default; }
.cell.frame { background: repeating-linear-gradient(45deg, transparent 0 4px, var(--hatch) 4px 5px)
  var(--soft); color: var(--muted); --hatch: var(--line); }
.cell.remainder { background: repeating-linear-gradient(135deg, transparent 0 3px,
  var(--muted) 3px 4px) var(--paper); }
.cell.remainder .number { background: var(--paper); padding: 0 2px; border-radius: 3px; }
.cell.lit { background: var(--fill); color: var(--dark-ink); }
.cell.frame.lit { background: repeating-linear-gradient(45deg, transparent 0 4px, #0003 4px 5px)
  var(--padding); }
.cell.near { outline: 3px solid var(--ink); outline-offset: -3px; z-index: 1; }
.cell.selected { outline: 3px solid var(--dark-ink); outline-offset: -3px; z-index: 2;
  font-weight: 700; }
.dark .cell.selected { outline-color: #fff; box-shadow: inset 0 0 0 5px var(--dark-ink) !important; }
.cell.wrong { outline: 3px dashed #c22a1f; outline-offset: -3px; }
.cell:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; z-index: 3; }
.note { font-size: 11px; font-weight: 400; }
.empty { color: var(--muted); }
.cell input { position: absolute; inset: 0; width: 100%; box-sizing: border-box; border: 0; padding: 0;
  text-align: center; font: inherit; background: var(--paper); color: var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin-top: 10px; font-size: 13px;
  color: var(--muted); }
.legend span::before { content: ""; display: inline-block; width: 14px; height: 14px; margin-right: 6px;
  vertical-align: -2px; border: 1px solid var(--line); }
.legend .frame::before { background: repeating-linear-gradient(45deg, transparent 0 4px, var(--line) 4px 5px); }
.legend .remainder::before { background: repeating-linear-gradient(135deg, transparent 0 3px, var(--muted) 3px 4px); }
.reading { margin-top: 16px; padding: 12px 14px; border-left: 3px solid var(--accent);
  background: var(--soft); border-radius: 0 6px 6px 0; }
.reading p { margin: 0 0 6px; }
.reading p:last-child { margin-bottom: 0; }
.code { font: 13px/1.7 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.formula { font-variant-numeric: tabular-nums; line-height: 1.75; overflow-wrap: anywhere; }
.formula .chip[data-m] { cursor: pointer; }
.formula .chip.near { outline: 2px solid var(--ink); }
.sums { margin-top: 14px; }
.sums p { margin: 0 0 6px; line-height: 1.75; }
.asking { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-top: 14px; }
.asking input { width: 6em; font: inherit; padding: 3px 8px; min-height: 32px; box-sizing: border-box;
  border: 1px solid var(--muted); border-radius: 6px; background: var(--paper); color: var(--ink); }
.sliders { display: flex; flex-wrap: wrap; gap: 10px 26px; margin: 18px 0 12px; }
.sliders label { display: grid; grid-template-columns: auto auto; gap: 0 8px; font-size: 13px;
  color: var(--muted); flex: 1 1 120px; max-width: 180px; }
.sliders output { text-align: right; color: var(--ink); font-variant-numeric: tabular-nums; }
.sliders input { grid-column: 1 / -1; width: 100%; min-height: 24px; margin: 0; accent-color: var(--accent); }
.buttons { margin: 0; align-items: center; }
.hint { font-size: 13px; color: var(--muted); margin-left: 4px; }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap; }
.error { padding: 10px 14px; border: 1px solid #c22a1f; border-radius: 6px; }
[hidden] { display: none !important; }
@container (min-width: 620px) { .bench { --cell: 42px; } .cell { font-size: 15px; }
  .small .cell { font-size: 13px; } }
.small { --cell: 30px; }
@media print {
  .bench, .bench.dark { --paper: #fff; --ink: #1f2430; --muted: #565d6a; --line: #c3c8d0;
    --soft: #f4f5f7; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .tabs, .buttons, .sliders, .asking { display: none; }
  .bench { break-inside: avoid; }
}
`;

const SLIDERS = ["size", "kernel", "stride", "padding", "dilation"];
const STEP_MILLISECONDS = 1100;
const MOST_TERMS = 40;
const THEME_ATTRIBUTES = ["class", "style", "theme", "data-theme", "data-jp-theme-light",
  "data-vscode-theme-kind"];

function create(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// The values that a slider may have without leaving the kernel too large or the output empty.
function limits(state) {
  const { layer, stride: S, padding: P, dilation: D, transposed } = state;
  const [, height, width] = shapeOf(state.x), low = Math.min(height, width);
  const kernel = Math.min(layer.kh, layer.kw), span = Math.max(layer.spanH, layer.spanW);
  const ranges = { size: [1, MOST.size], kernel: [1, MOST.kernel], stride: [1, MOST.stride],
    padding: [0, MOST.padding], dilation: [1, MOST.dilation] };
  const least = (name, value) => { ranges[name][0] = Math.max(ranges[name][0], value); };
  const most = (name, value) => { ranges[name][1] = Math.min(ranges[name][1], value); };
  if (transposed) {
    least("size", Math.ceil((1 + 2 * P - kernel) / S) + 1);
    least("kernel", 1 + 2 * P - (low - 1) * S);
    if (low > 1) least("stride", Math.ceil((1 + 2 * P - kernel) / (low - 1)));
    most("padding", Math.floor(((low - 1) * S + kernel - 1) / 2));
  } else {
    least("size", span - 2 * P);
    least("padding", Math.ceil(Math.max(layer.spanH - height, layer.spanW - width) / 2));
    most("kernel", Math.floor((low + 2 * P - 1) / D) + 1);
    const longest = Math.max(layer.kh, layer.kw);
    if (longest > 1) most("dilation", Math.floor((low + 2 * P - 1) / (longest - 1)));
  }
  return ranges;
}

function sliderValue(name, state) {
  if (name === "size") return shapeOf(state.x)[1];
  return name === "kernel" ? state.layer.kh : state[name];
}

// The attributes that a slider's new value changes.
function slid(name, value, state) {
  if (name === "size") {
    const [C] = shapeOf(state.x);
    return { x: fitted(state.x, [C, value, value], (c, r, s) => (c + r * value + s) % 10) };
  }
  if (name === "kernel") {
    const { F, K } = state.layer;
    return { w: fitted(state.w, [F, K, value, value], (f, k, u, v) => NEW_WEIGHTS[(u + v) % 4]) };
  }
  return { [name]: value };
}

// The arrays of "yours" have any shape; the last two axes are a sheet.
function freeGrid(title, meaning, numbers) {
  const shape = shapeOf(numbers), padded = [...Array(Math.max(0, 4 - shape.length)).fill(1), ...shape];
  const boxes = array(padded.slice(-4), (...index) =>
    ({ index: index.slice(4 - Math.min(4, shape.length)) }));
  return { title, meaning, boxes, shape, value: ({ index }) => at(numbers, index), numbers };
}

export class ConvolutionBench extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.cells = new Map();
    this.answered = "";
  }

  connectedCallback() {
    if (!this.root) {
      this.initial = new Map(ATTRIBUTES.map((name) => [name, this.getAttribute(name)]));
      this.buildFrame();
    }
    this.follow = () => this.readLink();
    addEventListener("hashchange", this.follow);
    this.themes = new MutationObserver(() => this.paintTheme());
    for (const element of [document.documentElement, document.body]) {
      this.themes.observe(element, { attributes: true, attributeFilter: THEME_ATTRIBUTES });
    }
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.onchange = () => this.paintTheme();
    this.readLink();
    this.update();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.hasAttribute("plays") && !still) this.play();
  }

  disconnectedCallback() {
    removeEventListener("hashchange", this.follow);
    this.themes.disconnect();
    this.scheme.onchange = null;
    this.stop();
  }

  // Several attributes change together: they are read once.
  attributeChangedCallback() {
    if (!this.root || this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => { if (this.waiting) this.update(); });
  }

  // What a reader does: new attributes, and an event that says so.
  change(attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null) this.removeAttribute(name);
      else this.setAttribute(name, typeof value === "string" ? value : JSON.stringify(value));
    }
    this.update();
    this.dispatchEvent(new Event("change", { bubbles: true, composed: true }));
  }

  // The address of this page with the state in it, for whoever has an id or is alone.
  get link() {
    const state = SHARED.filter((name) => this.hasAttribute(name));
    const query = new URLSearchParams(state.map((name) => [name, this.getAttribute(name)]));
    return `${location.href.replace(/#.*/, "")}#${this.id || "bench"}?${query}`;
  }

  readLink() {
    const [id, query] = location.hash.slice(1).split("?");
    if (!query || id !== (this.id || "bench")) return;
    const given = new URLSearchParams(query);
    for (const name of SHARED) {
      if (given.has(name)) this.setAttribute(name, given.get(name));
      else this.removeAttribute(name);
    }
  }

  // The arrays of the view that is shown, each a nested list.
  get numbers() {
    this.update();
    return Object.fromEntries([...this.grids].map(([name, grid]) => [name, grid.numbers]));
  }

  // -- What stands still: buttons, sliders, and the places of what changes --

  buildFrame() {
    const part = (name, tag = "div", properties = {}) => {
      this[name] = create(tag, { class: name, ...properties });
      return this[name];
    };
    this.root = create("div", { class: "bench" });
    this.error = create("p", { class: "error", role: "alert", hidden: "" });
    this.reading = create("div", { class: "reading" }, part("caption", "p"), part("code", "p"),
      part("formula", "p"));
    this.content = create("div", {}, part("size"), part("panels"), part("legend"), this.reading,
      part("sums"), part("asking", "form"));
    this.aloud = create("p", { class: "aloud", role: "status" });
    this.root.append(part("tabs", "div", { role: "group", "aria-label": "View" }), this.error,
      this.content, part("sliders"), part("buttons"), this.aloud);
    this.shadowRoot.append(create("style", {}, STYLES), this.root);
    this.buildControls();
    this.panels.addEventListener("click", (event) => this.onClick(event));
    this.panels.addEventListener("keydown", (event) => this.onKey(event));
    this.panels.addEventListener("pointerdown", () => this.stop());
    this.formula.addEventListener("pointerover", (event) => this.onPoint(event));
    this.formula.addEventListener("pointerleave", () => this.showNear(null));
    this.asking.addEventListener("submit", (event) => this.onAnswer(event));
  }

  buildControls() {
    this.knobs = {};
    for (const name of SLIDERS) {
      const shown = create("output");
      const slider = create("input", { type: "range", step: "1", "aria-label": name,
        oninput: () => { this.stop(); this.change(slid(name, Number(slider.value), this.state)); } });
      this.knobs[name] = { slider, shown, label: create("label", {}, name, shown, slider) };
      this.sliders.append(this.knobs[name].label);
    }
    this.playButton = create("button", { type: "button",
      onclick: () => (this.timer ? this.stop() : this.play()) }, "Play");
    const reset = create("button", { type: "button", onclick: () => this.reset() }, "Reset");
    this.linkButton = create("button", { type: "button", onclick: () => this.copyLink() }, "Copy link");
    const hint = create("span", { class: "hint" },
      "Select a cell; select it again to edit. Arrow keys move, Enter edits.");
    this.buttons.append(this.playButton, reset, this.linkButton, hint);
  }

  // -- From the attributes to what is shown --

  update() {
    this.waiting = false;
    let problem = "";
    try {
      this.readAll();
    } catch (error) {
      problem = error.message;
    }
    this.error.textContent = problem;
    this.error.hidden = !problem;
    for (const part of [this.content, this.sliders, this.buttons]) part.hidden = Boolean(problem);
    if (problem) return;
    this.paintTheme();
    const layout = JSON.stringify([this.shown, this.state.layer, [...this.grids].map(([name, grid]) =>
      [name, grid.shape, grid.least])]);
    if (layout !== this.layout) this.buildGrids();
    this.layout = layout;
    this.paint();
  }

  readAll() {
    const state = readState((name) => this.getAttribute(name));
    if (!VIEWS[state.view]) {
      throw new Error(`view must be one of ${Object.keys(VIEWS).join(", ")}, got ${state.view}`);
    }
    this.state = state;
    if (state.view === "yours") {
      this.readYours();
      return;
    }
    if (this.hasAttribute("broken")) state.broken = mistakeFor(state);
    const asking = state.view === "ask", chosen = this.readSelection();
    this.shown = asking ? ASKED_IN[chosen?.name] ?? "forward" : state.view;
    if (state.transposed && VIEWS[this.shown].plainOnly) this.shown = "forward";
    this.layoutPanels = VIEWS[this.shown].panels(state.layer);
    const names = this.layoutPanels.flatMap((panel) => panel.grids.map(([, name]) => name));
    this.selection = this.validSelection(chosen, names);
    this.grids = new Map(names.map((name) => [name, this.readGrid(name)]));
    const asked = JSON.stringify([asking, this.selection]);
    if (asked !== this.asked) this.answered = "";
    this.asked = asked;
  }

  readSelection() {
    const [name, ...index] = (this.getAttribute("select") ?? "").trim().split(/[\s,]+/);
    return GRIDS[name] && index.length ? { name, index: index.map(Number) } : null;
  }

  // Leading zeros may be left out: "y 1 0" is y[0, 1, 0].
  validSelection(chosen, names) {
    if (chosen && names.includes(chosen.name)) {
      const places = this.placesOf(chosen.name), axes = places[0].index.length;
      const index = [...Array(Math.max(0, axes - chosen.index.length)).fill(0), ...chosen.index];
      if (places.some((place) => !place.frame && String(place.index) === String(index))) {
        return { name: chosen.name, index };
      }
    }
    const name = { adjoint: "Ax", dx: "dx" }[this.shown] ?? VIEWS[this.shown].target();
    const places = this.placesOf(name).filter((place) => !place.frame);
    const middle = this.shown === "dx" ? Math.floor(places.length / 2) : 0;
    return { name, index: places[middle].index };
  }

  placesOf(name) {
    return ROLES[GRIDS[name].role(this.state.layer)].boxes(this.state.layer).flat(3);
  }

  readGrid(name) {
    const { state, selection } = this, { layer } = state, grid = GRIDS[name];
    const scattering = name === "dx" && this.shown === "dx" && !layer.transposed
      && ["dy", "spread"].includes(selection.name);
    const numbers = scattering ? inputGradients(state, selection.index) : grid.numbers(state);
    const framed = (place) => (["x", "dy"].includes(name) ? 0 : null);
    const value = (place) => {
      if (name === "spread") return at(numbers, [place.index[0], place.row, place.column]);
      return place.frame ? framed(place) : at(numbers, place.index);
    };
    const boxes = ROLES[grid.role(layer)].boxes(layer);
    const title = scattering ? "dx so far" : grid.title;
    return { ...grid, title, numbers, value, boxes, shape: shapeOf(numbers) };
  }

  // A failing case: what is right and what was given, and what each entry is made of.
  readYours() {
    const read = (name) => (this.hasAttribute(name) ? parsed(name, this.getAttribute(name)) : null);
    const [got, expected, used, should] = ["got", "expected", "used", "should"].map(read);
    const of = this.getAttribute("of") ?? "x", source = read(of);
    this.shown = "yours";
    this.grids = new Map([["expected", freeGrid("expected", "output", expected)],
      ["got", freeGrid("got", "output", got)]]);
    const first = this.grids.get("expected").boxes.flat(3).find(({ index }) => this.differs(index));
    const [name, ...index] = (this.getAttribute("select") ?? "").split(/[\s,]+/);
    const given = this.grids.has(name) && at(expected, index.map(Number)) !== undefined;
    this.selection = given ? { name, index: index.map(Number) } : { name: "got", index: first?.index ?? [0] };
    const panels = [{ grids: [["", "expected"], ["≠", "got"]] }];
    if (!first) panels[0].grids[1][0] = "=";
    if (used && should) {
      this.grids.set("should", freeGrid(`${of} that it should use`, "kernel", at(should, this.selection.index)));
      this.grids.set("used", freeGrid(`${of} that it uses`, "kernel", at(used, this.selection.index)));
      panels.push({ title: `The weight with which each entry of ${of} goes in`,
        grids: [["", "should"], ["", "used"]] });
    }
    if (source) {
      this.grids.set("source", freeGrid(of, GRIDS[of]?.meaning ?? "input", source));
      panels.push({ grids: [["", "source"]] });
    }
    this.layoutPanels = panels;
  }

  differs(index) {
    const [got, expected] = ["got", "expected"].map((name) => at(this.grids.get(name).numbers, index));
    return !(Math.abs(got - expected) <= 1e-6 * (1 + Math.abs(expected)));
  }

  // -- The grids --

  buildGrids() {
    const focused = this.shadowRoot.activeElement?.place;
    this.cells.clear();
    this.panels.replaceChildren(...this.layoutPanels.map((panel) => create("section",
      { class: "panel" }, ...(panel.title ? [create("h3", {}, panel.title)] : []),
      create("div", { class: "grids" }, ...panel.grids.map(([sign, name]) => create("div",
        { class: "item" }, ...(sign ? [this.sign(sign)] : []), this.buildArray(name)))))));
    if (focused) this.cells.get(cellKey(focused.name, focused.index))?.focus();
  }

  sign(text) {
    return create("span", { class: text.length > 1 ? "sign word" : "sign", "aria-hidden": "true" }, text);
  }

  buildArray(name) {
    const grid = this.grids.get(name), { boxes } = grid, several = boxes.flat().length > 1;
    const label = create("span", { class: "label" });
    grid.label = label;
    const small = boxes[0][0][0].length > 10 || ["A", "cols"].includes(name);
    return create("div", { class: `array ${grid.meaning}${several ? " stacked" : ""}${small ? " small" : ""}` },
      label, create("div", { class: "boxes" }, ...boxes.map((box, f) => create("div", { class: "box" },
        ...box.flatMap((sheet, k) => this.buildSheet(name, sheet, boxes.length > 1 ? [f, k] : [k], several))))));
  }

  buildSheet(name, rows, index, several) {
    const grid = this.grids.get(name), word = grid.title.split(" ")[0];
    const title = several ? `${word}[${index.join(", ")}]` : grid.title;
    const texts = rows.flat().map((place) => short(grid.value(place)).length);
    const least = Math.max(24, Math.max(...texts) * 7.5 + 8);
    const style = `--n: ${rows[0].length}; --least: ${least}px; --depth: ${several ? index.at(-1) : 0}`;
    const sheet = create("div", { class: "sheet", role: "grid", "aria-label": title, style });
    rows.forEach((row, r) => sheet.append(create("div", { class: "row", role: "row" },
      ...row.map((place, c) => this.buildCell(name, place, { sheet, rows, r, c })))));
    return several ? [create("span", { class: "name", style, "aria-hidden": "true" }, title), sheet] : [sheet];
  }

  buildCell(name, place, where) {
    const number = create("span", { class: "number" }), note = create("span", { class: "note" });
    const cell = create("div", { class: "cell", role: "gridcell", tabindex: place.frame ? null : "-1" },
      number, note);
    cell.place = { ...place, ...where, name };
    cell.dataset.cell = cellKey(name, place.index);
    place.cell = cell;
    this.cells.set(cell.dataset.cell, cell);
    return cell;
  }

  paintTheme() {
    // The page's own text tells whether it is dark: that holds on the site, in JupyterLab, VS Code
    // and Colab, whatever each calls its themes.
    const [r, g, b] = getComputedStyle(this).color.match(/[\d.]+/g).map(Number);
    this.root.classList.toggle("dark", 0.3 * r + 0.6 * g + 0.1 * b > 128);
  }

  paint() {
    const yours = this.shown === "yours";
    this.explanation = yours ? this.explainYours() : explain(this.state, this.shown, this.selection);
    this.paintCells();
    this.paintText();
    this.paintControls();
    if (!yours) this.paintSums();
    this.paintAsking();
    this.sums.hidden = this.shown !== "adjoint";
  }

  isAsked(name, index) {
    if (this.state.view !== "ask" || this.answered === "right") return false;
    const same = (one) => (one === "collected" ? "dx" : one);
    return same(name) === same(this.selection.name) && String(index) === String(this.selection.index);
  }

  litKeys(name) {
    const { layer } = this.state, { selection } = this;
    if (name === selection.name && !["A", "cols"].includes(name)) return new Set([String(selection.index)]);
    if (this.shown === "yours") return new Set();
    const role = GRIDS[name].role(layer);
    if (["b", "db"].includes(selection.name)) {
      if (!["y", "dy"].includes(name)) return new Set();
      return new Set(this.placesOf(name).filter(({ index }) => index[0] === selection.index[0])
        .map(({ index }) => String(index)));
    }
    if (name === "db" || (name === "b" && !["y", "A"].includes(selection.name))) return new Set();
    const chosen = this.explanation.chosen.filter((m) => role !== "matrix" || m.inside);
    return new Set(chosen.map((m) => String(ROLES[role].key(m, layer))));
  }

  // The second line of a cell: the partner of each factor, or what an entry adds to each sum.
  notes(name) {
    const { state, selection, explanation } = this, notes = new Map();
    const { target, chosen } = explanation;
    if (!chosen || ["A", "cols", "back", "b", "db"].includes(selection.name)) return notes;
    if (this.shown === "columns" || this.grids.get(name).boxes[0][0][0].length > 10) return notes;
    const alike = { spread: "dy", turned: "w", collected: "dx" };
    const same = (one) => alike[one] ?? one;
    const [from, by] = FACTORS[target], role = GRIDS[name].role(state.layer);
    for (const m of chosen) {
      const key = String(ROLES[role].key(m, state.layer));
      if (selection.name === target && same(name) === same(from)) {
        notes.set(key, `·${short(entryOf(state, by, m))}`);
      } else if (selection.name !== target && same(name) === same(target)) {
        const product = entryOf(state, from, m) * entryOf(state, by, m);
        notes.set(key, `${product < 0 ? "" : "+"}${short(product)}`);
      }
    }
    return notes;
  }

  paintCells() {
    const { layer } = this.state;
    const reached = layer && new Set(meetings(layer).map((m) => String(ROLES.big.key(m))));
    for (const [name, grid] of this.grids) {
      const lit = this.litKeys(name), notes = this.notes(name);
      const big = layer && this.shown !== "yours" && GRIDS[name].role(layer) === "big";
      const size = this.grids.get(name).shape.filter((length, k, all) => length > 1 || k >= all.length - 2);
      grid.label = grid.label ?? this.cells.get(cellKey(name, grid.boxes.flat(3)[0].index)).closest(".array")
        .querySelector(".label");
      grid.label.replaceChildren(create("span", { class: "chip" }, grid.title), ` (${size.join(", ")})`);
      for (const place of grid.boxes.flat(3)) {
        const cell = this.cells.get(cellKey(name, place.index)), key = String(place.index);
        this.paintCell(cell, grid, { lit: lit.has(key), note: notes.get(key) ?? "",
          remainder: big && !reached.has(key), frame: Boolean(place.frame) });
      }
      for (const sheet of new Set(grid.boxes.flat(3).map((place) =>
        this.cells.get(cellKey(name, place.index)).place.sheet))) this.rove(sheet, name);
    }
    this.paintEdges();
  }

  paintCell(cell, grid, { lit, note, remainder, frame }) {
    const { name, index } = cell.place, asked = this.isAsked(name, index);
    const selected = name === this.selection.name && String(index) === String(this.selection.index);
    const value = grid.value(cell.place), outside = name === "A" && value === null;
    const wrong = this.shown === "yours" && this.isWrong(name, index);
    cell.className = "cell";
    const states = { lit, selected, frame, remainder, wrong, fixed: frame };
    for (const [state, holds] of Object.entries(states)) cell.classList.toggle(state, Boolean(holds));
    const [number, second] = cell.children;
    number.textContent = asked ? "?" : outside ? "" : short(value);
    second.textContent = asked ? "" : note;
    if (frame) {
      cell.setAttribute("aria-hidden", "true");
      return;
    }
    const entry = this.shown === "yours" ? `${grid.title}[${index.join(", ")}]`
      : called(name, index, this.state);
    const words = asked ? "not known yet" : outside ? "outside the window" : spoken(short(value));
    const more = [note && spoken(note), remainder && "no window reaches it", wrong && "differs"];
    cell.setAttribute("aria-label", [`${entry}: ${words}`, ...more.filter(Boolean)].join(", "));
    cell.setAttribute("aria-selected", String(selected));
  }

  isWrong(name, index) {
    if (name === "got") return this.differs(index);
    if (name !== "used") return false;
    const [used, should] = ["used", "should"].map((one) => at(this.grids.get(one).numbers, index));
    return !(Math.abs(used - should) <= 1e-6 * (1 + Math.abs(should)));
  }

  // What is lit is outlined as one piece, so that a window is seen without its colour.
  paintEdges() {
    for (const cell of this.cells.values()) {
      const { rows, r, c } = cell.place;
      const lit = (y, x) => rows[y]?.[x]?.cell?.classList.contains("lit");
      const sides = [["0 2px", r - 1, c], ["0 -2px", r + 1, c], ["2px 0", r, c - 1], ["-2px 0", r, c + 1]];
      cell.style.boxShadow = lit(r, c)
        ? sides.filter(([, y, x]) => !lit(y, x)).map(([side]) => `inset ${side} 0 var(--edge)`).join(", ")
        : "";
    }
  }

  // One cell of each sheet is reached by Tab; the arrows lead to the others.
  rove(sheet, name) {
    const cells = [...sheet.querySelectorAll(".cell[tabindex]")];
    const current = cells.find((cell) => cell === this.shadowRoot.activeElement)
      ?? cells.find((cell) => cell.classList.contains("selected"))
      ?? cells.find((cell) => cell.tabIndex === 0) ?? cells[0];
    for (const cell of cells) cell.tabIndex = cell === current ? 0 : -1;
  }

  // -- The text below --

  piece(piece) {
    if (!Array.isArray(piece)) return piece;
    const [text, name, m] = piece, index = m ? this.explanation.chosen.indexOf(m) : null;
    return create("span", { class: `chip ${GRIDS[name].meaning}`, "data-m": index }, text);
  }

  paintText() {
    const { caption, code, formula } = this.explanation;
    const asked = this.isAsked(this.selection.name, this.selection.index);
    const shown = asked ? [...formula.slice(0, -1), ["?", this.selection.name]] : formula;
    this.caption.textContent = caption;
    this.code.replaceChildren(...code.map((piece) => this.piece(piece)));
    this.formula.replaceChildren(...shown.map((piece) => this.piece(piece)));
    this.code.hidden = !code.length;
    this.formula.hidden = !formula.length;
    const sentence = `${caption} ${spoken(textOf(shown))}`;
    if (this.aloud.textContent !== sentence && !this.timer) this.aloud.textContent = sentence;
    const { layer } = this.state;
    const square = layer && layer.kh === layer.kw && layer.H === layer.W;
    const axes = !layer ? [] : square ? ["h"] : ["h", "w"];
    this.size.replaceChildren(...axes.map((axis) => create("span", { class: "formula" },
      ...(square ? [["ow", "y"], " = "] : []).map((piece) => this.piece(piece)),
      ...sizeFormula(axis, layer).map((piece) => this.piece(piece)))));
    const kinds = [[".frame", "frame", "padding"], [".remainder", "remainder", "no window reaches it"]];
    this.legend.replaceChildren(...kinds.filter(([found]) => this.panels.querySelector(found))
      .map(([, kind, words]) => create("span", { class: kind }, words)));
  }

  explainYours() {
    const { index, name } = this.selection, entry = `[${index.join(", ")}]`;
    const [got, expected] = ["got", "expected"].map((one) => at(this.grids.get(one).numbers, index));
    const used = this.grids.get("used"), said = [];
    const of = this.getAttribute("of") ?? "x";
    if (used) {
      const should = this.grids.get("should");
      const places = used.boxes.flat(3).map((place) => place.index);
      const list = (test, words) => {
        const found = places.filter((k) => test(at(used.numbers, k), at(should.numbers, k)));
        if (found.length) said.push(`${words} ${found.slice(0, 6).map((k) => `${of}[${k.join(", ")}]`).join(", ")}${
          found.length > 6 ? `, … (${found.length})` : ""}.`);
      };
      list((is, right) => !is && right, "It leaves out");
      list((is, right) => is && !right, "It uses what it should not:");
      list((is, right) => is && right && Math.abs(is - right) > 1e-6, "It uses with another weight");
    }
    const verdict = this.differs(index) ? `expected ${short(expected)}, got ${short(got)}` : `${short(got)}, as expected`;
    return { caption: `Entry ${entry}: ${verdict}. ${said.join(" ")}`, code: [], formula: [], name };
  }

  // The adjoint's two sums.
  paintSums() {
    if (this.shown !== "adjoint") return;
    const { state } = this, Ax = this.grids.get("Ax").numbers, back = this.grids.get("ATdy").numbers;
    const sums = [["⟨A x, dy⟩", [Ax, "Ax"], [state.dy, "dy"]], ["⟨x, Aᵀ dy⟩", [state.x, "x"], [back, "ATdy"]]];
    const lines = sums.map(([name, [p, of], [q, by]]) => {
      const [a, b] = [p.flat(Infinity), q.flat(Infinity)];
      const terms = a.slice(0, MOST_TERMS).flatMap((entry, k) =>
        [k ? " + " : "", [signed(entry), of], "·", [signed(b[k]), by]]);
      const more = a.length > MOST_TERMS ? [" + …"] : [];
      return create("p", { class: "formula" }, create("b", {}, name), " = ",
        ...[...terms, ...more].map((piece) => this.piece(piece)), " = ", create("b", {}, short(inner(p, q))));
    });
    const [one, other] = sums.map(([, [p], [q]]) => inner(p, q));
    const equal = Math.abs(one - other) <= 1e-9 * (1 + Math.abs(one));
    const verdict = equal ? `Both are ${short(one)}.` : `${short(one)} is not ${short(other)}.`;
    const why = state.broken ? ` The mistake: ${state.broken.words}.` : " Edit any cell: they stay equal.";
    const button = create("button", { type: "button", "aria-pressed": String(Boolean(state.broken)),
      onclick: () => {
        this.change({ broken: state.broken ? null : "" });
        this.sums.querySelector("button").focus();
      } }, "Break it");
    this.sums.replaceChildren(...lines, create("p", { role: "status" }, create("b", {}, verdict), why), button);
  }

  paintAsking() {
    const asking = this.state.view === "ask";
    this.asking.hidden = !asking;
    if (!asking) return;
    const entry = called(this.selection.name, this.selection.index, this.state);
    if (this.asking.dataset.entry !== entry) {
      this.asking.replaceChildren(create("label", { for: "answer" }, `${entry} =`),
        create("input", { id: "answer", inputmode: "text", autocomplete: "off" }),
        create("button", {}, "Check"),
        create("button", { type: "button", onclick: () => this.step() }, "Another"),
        create("span", { role: "status" }));
      this.asking.dataset.entry = entry;
    }
    this.asking.querySelector("[role=status]").textContent = this.answered === "right" ? "Right."
      : this.answered ? `Not ${this.answered}. Try again.` : "";
  }

  onAnswer(event) {
    event.preventDefault();
    this.answer(this.asking.querySelector("input").value);
  }

  // A number is right when it is what is shown, or more exact.
  answer(text) {
    const { name, index } = this.selection, value = at(this.grids.get(name).numbers, index);
    const typed = number(text);
    if (!text.trim()) return;
    const close = Math.abs(typed - value) <= 0.005 * Math.abs(value) + 1e-9;
    const whole = Number.isInteger(value);
    this.answered = (whole ? typed === value : close) ? "right" : text.trim();
    this.paint();
  }

  paintControls() {
    const { state } = this, tabs = (this.getAttribute("views") ?? "").split(/\s+/).filter((v) => VIEWS[v]);
    const all = Object.keys(VIEWS).filter((view) => !["ask", "yours"].includes(view));
    const offered = (tabs.length ? tabs : all).filter((view) => !(state.transposed && VIEWS[view].plainOnly));
    this.tabs.hidden = offered.length < 2 || state.view === "yours" || (state.view === "ask" && !tabs.length);
    if (this.tabs.dataset.views !== String(offered)) {
      this.tabs.replaceChildren(...offered.map((view) => create("button", { type: "button", "data-view": view,
        onclick: () => { this.stop(); this.change({ view, select: null }); } }, VIEWS[view].title)));
      this.tabs.dataset.views = String(offered);
    }
    for (const tab of this.tabs.children) {
      tab.setAttribute("aria-pressed", String(tab.dataset.view === state.view));
    }
    const yours = state.view === "yours", controls = this.getAttribute("controls");
    this.sliders.hidden = yours || controls === "none";
    this.buttons.hidden = controls === "none";
    this.playButton.hidden = yours || state.view === "ask";
    this.linkButton.hidden = yours || !navigator.clipboard || !this.hasAttribute("id");
    if (yours) return;
    const ranges = limits(state), wanted = controls?.split(/\s+/) ?? SLIDERS;
    for (const [name, { slider, shown, label }] of Object.entries(this.knobs)) {
      const value = sliderValue(name, state);
      slider.min = Math.min(ranges[name][0], value);
      slider.max = Math.max(ranges[name][1], value);
      slider.value = value;
      const { layer } = state, [, height, width] = shapeOf(state.x);
      const sides = { size: [height, width], kernel: [layer.kh, layer.kw] }[name];
      shown.textContent = sides ? sides.join(" × ") : value;
      slider.setAttribute("aria-valuetext", sides ? sides.join(" by ") : String(value));
      label.hidden = !wanted.includes(name) || (name === "dilation" && state.transposed);
    }
  }

  // -- What a reader does --

  select(name, index) {
    if (this.state.view === "ask" && !FACTORS[name]) return;
    this.change({ select: [name, ...index].join(" ") });
  }

  canEdit({ name, index }) {
    if (this.getAttribute("editable") === "false") return false;
    return this.isAsked(name, index) || (Boolean(GRIDS[name]?.given) && this.state.view !== "ask"
      && this.state.view !== "yours");
  }

  onClick(event) {
    const cell = event.target.closest(".cell[tabindex]");
    if (!cell || event.target.matches("input")) return;
    if (cell.classList.contains("selected") && this.canEdit(cell.place)) this.edit(cell);
    else this.reach(cell);
  }

  reach(cell) {
    const { name, index } = cell.place;
    this.select(name, index);
    this.cells.get(cellKey(name, index))?.focus();
  }

  onKey(event) {
    const cell = event.target.closest(".cell");
    if (!cell || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, r, c } = cell.place;
    const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
      Home: [0, -rows[0].length], End: [0, rows[0].length] };
    const editable = this.canEdit(cell.place);
    if (ways[event.key]) {
      this.reach(neighbour(rows, r, c, ways[event.key]) ?? cell);
    } else if ((event.key === "Enter" || event.key === "F2") && editable) {
      this.edit(cell);
    } else if (event.key === "Enter" || event.key === " ") {
      this.reach(cell);
    } else if (/^[-\d.]$/.test(event.key) && editable) {
      this.edit(cell, event.key);
    } else {
      return;
    }
    this.stop();
    event.preventDefault();
  }

  edit(cell, begun = null) {
    const { name, index } = cell.place, asked = this.isAsked(name, index);
    const value = asked ? "" : String(at(this.grids.get(name).numbers, index));
    const input = create("input", { inputmode: "text", "aria-label": `new value of ${called(name, index, this.state)}` });
    input.value = begun ?? value;
    const close = (commit, focus) => {
      if (!input.isConnected || input.closing) return;
      input.closing = true;
      input.remove();
      if (commit && asked) this.answer(input.value);
      else if (commit && input.value !== value) this.setEntry(name, index, number(input.value));
      if (focus) this.cells.get(cellKey(name, index))?.focus();
    };
    input.addEventListener("blur", () => close(true, false));
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter", true);
    });
    cell.append(input);
    input.focus();
    if (begun === null) input.select();
  }

  setEntry(name, index, value) {
    if (!Number.isFinite(value)) return;
    const edited = structuredClone(this.state[name]);
    at(edited, index.slice(0, -1))[index.at(-1)] = value;
    this.change({ [name]: edited, select: [name, ...index].join(" ") });
  }

  // A product of the formula points at the cells that it is made of.
  onPoint(event) {
    const product = event.target.closest("[data-m]");
    this.showNear(product ? this.explanation.chosen[product.dataset.m] : null);
  }

  showNear(m) {
    const { layer } = this.state;
    for (const cell of this.cells.values()) cell.classList.remove("near");
    if (!m || !layer) return;
    for (const name of this.grids.keys()) {
      if (["b", "db"].includes(name)) continue;
      const { key } = ROLES[GRIDS[name].role(layer)];
      this.cells.get(cellKey(name, key(m, layer)))?.classList.add("near");
    }
  }

  // -- Steps, links, and back to the start --

  step() {
    const name = this.state.view === "ask" ? this.selection.name : VIEWS[this.shown].plays(this.state.layer);
    const seen = new Set();
    const places = this.placesOf(name).filter((place) => !place.frame)
      .filter(({ index }) => name !== "cols" || (!seen.has(index[0]) && seen.add(index[0])));
    const now = this.selection.name === name
      ? places.findIndex(({ index }) => String(index) === String(this.selection.index)) : -1;
    const next = places[(now + 1) % places.length];
    this.change({ select: [name, ...next.index].join(" ") });
    return now + 2 >= places.length;
  }

  play() {
    this.playButton.textContent = "Pause";
    this.timer = setInterval(() => { if (this.step()) this.stop(); }, STEP_MILLISECONDS);
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = null;
    this.playButton.textContent = "Play";
    this.paintText();
  }

  reset() {
    this.stop();
    this.change(Object.fromEntries(this.initial));
  }

  async copyLink() {
    await navigator.clipboard.writeText(this.link);
    this.linkButton.textContent = "Copied";
    setTimeout(() => { this.linkButton.textContent = "Copy link"; }, 2000);
  }
}

function cellKey(name, index) {
  return `${name} ${index.join(" ")}`;
}

function number(text) {
  return text.trim() ? Number(text.trim().replace("−", "-").replace(",", ".")) : NaN;
}

// The next cell in a direction that can be reached; a step too long ends at the edge.
function neighbour(rows, r, c, [down, right]) {
  const reachable = (y, x) => rows[y]?.[x] && !rows[y][x].frame;
  if (Math.abs(right) > 1) {
    const row = rows[r].filter((place) => !place.frame);
    return (right < 0 ? row[0] : row.at(-1)).cell;
  }
  let [y, x] = [r + down, c + right];
  while (rows[y]?.[x] && !reachable(y, x)) [y, x] = [y + down, x + right];
  return reachable(y, x) ? rows[y][x].cell : null;
}

// A page or a notebook may hold the component more than once: the first counts.
if (!customElements.get("convolution-bench")) {
  customElements.define("convolution-bench", ConvolutionBench);
}
