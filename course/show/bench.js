// The bench: a convolution that can be touched, forward and backward. One web component,
//
//   <convolution-bench x="[[0, 1], [2, 3]]" w="[[1]]" view="dx"></convolution-bench>
//
// whose state stands in attributes: what a reader changes is written back into them, and a `change`
// event follows.

// ---- The arithmetic: the loops of course/convolution, on nested lists ----
//
// `layer` holds the sizes; of a transposed layer those of the plain one that it runs backwards:
// the small side (F, oh, ow) is x, and the big side (C, H, W) is y.

function array([length, ...inner], entry, index = []) {
  if (length === undefined) return entry(...index);
  return Array.from({ length }, (_, k) => array(inner, entry, [...index, k]));
}

// Every index of an array, in order, as np.ndindex gives them.
function indices(...shape) {
  return shape.reduce((all, n) => all.flatMap((index) => array([n], (k) => [...index, k])), [[]]);
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

function withoutFrame(xpad, { C, H, W, padding: p }) {
  return array([C, H, W], (c, r, s) => xpad[c][r + p][s + p]);
}

// The filters of a group see the channels of that group alone.
function firstChannel(f, { F, K, groups }) {
  return Math.floor(f / (F / groups)) * K;
}

// Every time that a weight meets a pixel: output (f, i, j), weight (f, k, u, v), pixel (c, r, s).
function meetings(layer) {
  const { F, K, kh, kw, oh, ow, H, W, stride, padding, dilation } = layer;
  return indices(F, oh, ow, K, kh, kw).map(([f, i, j, k, u, v]) => {
    const r = i * stride + u * dilation - padding, s = j * stride + v * dilation - padding;
    const inside = r >= 0 && r < H && s >= 0 && s < W;
    return { f, i, j, k, u, v, c: firstChannel(f, layer) + k, r, s, inside };
  });
}

function forward(x, w, b, layer) {
  const { F, K, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const xpad = pad2d(x, padding), weights = indices(K, kh, kw);
  return array([F, oh, ow], (f, i, j) => {
    let sum = b[f];
    for (const [k, u, v] of weights) {
      const channel = xpad[firstChannel(f, layer) + k];
      sum += channel[i * stride + u * dilation][j * stride + v * dilation] * w[f][k][u][v];
    }
    return sum;
  });
}

function im2col(x, { C, kh, kw, oh, ow, stride, padding, dilation }) {
  const xpad = pad2d(x, padding);
  return indices(oh, ow).map(([i, j]) => indices(C, kh, kw).map(([c, u, v]) =>
    xpad[c][i * stride + u * dilation][j * stride + v * dilation]));
}

function col2im(cols, layer) {
  const { C, H, W, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const xpad = array([C, H + 2 * padding, W + 2 * padding], () => 0);
  for (const [i, j, c, u, v] of indices(oh, ow, C, kh, kw)) {
    const entry = cols[i * ow + j][(c * kh + u) * kw + v];
    xpad[c][i * stride + u * dilation][j * stride + v * dilation] += entry;
  }
  return withoutFrame(xpad, layer);
}

// null stands where a window does not reach: that is not a kernel's zero.
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
  const xpad = pad2d(x, padding), dw = array([F, K, kh, kw], () => 0);
  for (const [f, i, j, k, u, v] of indices(F, oh, ow, K, kh, kw)) {
    const channel = xpad[firstChannel(f, layer) + k];
    dw[f][k][u][v] += dy[f][i][j] * channel[i * stride + u * dilation][j * stride + v * dilation];
  }
  return dw;
}

// Scatter: every output stamps its filter, times its gradient; `last` is the last to do so. With
// `overwrite` it makes the mistake of "break it".
function backwardInput(dy, w, layer, last = null, overwrite = false) {
  const { F, K, C, H, W, kh, kw, oh, ow, stride, padding, dilation } = layer;
  const dxpad = array([C, H + 2 * padding, W + 2 * padding], () => 0);
  for (const [f, i, j] of indices(F, oh, ow)) {
    for (const [k, u, v] of indices(K, kh, kw)) {
      const row = dxpad[firstChannel(f, layer) + k][i * stride + u * dilation];
      const s = j * stride + v * dilation;
      row[s] = (overwrite ? 0 : row[s]) + dy[f][i][j] * w[f][k][u][v];
    }
    if (String([f, i, j]) === String(last)) break;
  }
  return withoutFrame(dxpad, layer);
}

// dy with stride - 1 zeros between its entries, in a frame for the kernel.
function spread(dy, { F, oh, ow, stride, spanH, spanW }) {
  const shape = [F, (oh - 1) * stride + 2 * spanH - 1, (ow - 1) * stride + 2 * spanW - 1];
  const framed = array(shape, () => 0);
  for (const [f, i, j] of indices(F, oh, ow)) {
    framed[f][spanH - 1 + i * stride][spanW - 1 + j * stride] = dy[f][i][j];
  }
  return framed;
}

function turned(w) {
  const [F, K, kh, kw] = shapeOf(w);
  return array([F, K, kh, kw], (f, k, u, v) => w[f][k][kh - 1 - u][kw - 1 - v]);
}

// Collect: every pixel gathers from the spread dy, through the turned kernel.
function collectInput(dy, w, layer) {
  const { F, K, C, H, W, kh, kw, padding, dilation } = layer;
  const framed = spread(dy, layer), flipped = turned(w), dx = array([C, H, W], () => 0);
  for (const [f, k, r, s, u, v] of indices(F, K, H, W, kh, kw)) {
    const entry = framed[f][r + padding + u * dilation]?.[s + padding + v * dilation] ?? 0;
    dx[firstChannel(f, layer) + k][r][s] += entry * flipped[f][k][u][v];
  }
  return dx;
}

function differ(a, b) {
  return !(Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b)));
}

function inner(a, b) {
  const [p, q] = [a.flat(Infinity), b.flat(Infinity)];
  return p.reduce((sum, entry, k) => sum + entry * q[k], 0);
}

// ---- The state, as attributes hold it ----

const LEAST = { stride: 1, padding: 0, dilation: 1, groups: 1 };
const DEFAULTS = {
  x: "[[0,1,2,3],[4,5,6,7],[8,9,10,11],[12,13,14,15]]",
  w: "[[-1,-2,0],[1,0,-2],[0,-1,2]]",
  b: "0", view: "forward", ...LEAST,
};
const SHARED = ["x", "w", "b", "dy", ...Object.keys(LEAST), "transposed", "view", "select"];
const ATTRIBUTES = [...SHARED, "editable", "views", "controls", "plays", "broken", "got", "expected",
  "used", "should", "of"];
const RANGES = { size: [1, 8], kernel: [1, 5], stride: [1, 4], padding: [0, 3], dilation: [1, 3] };
const NEW_GRADIENTS = [1, -2, 3, 0.5];
const NEW_WEIGHTS = [1, 0, -1, 2];

// Numbers and nothing else: attributes may come from a link. null stands for "not a number".
function parsed(name, text) {
  let nested = null;
  try {
    nested = JSON.parse(text);
  } catch { }
  if (nested !== null && [nested].flat(9).every((entry) => entry === null || Number.isFinite(entry))) return nested;
  throw new Error(`${name} must be numbers in JSON, got ${text}`);
}

// Keeps what was there; `fresh` fills what is new.
function fitted(old, shape, fresh) {
  return array(shape, (...index) => at(old, index) ?? fresh(...index));
}

function readState(attribute) {
  const read = (name) => attribute(name) ?? DEFAULTS[name], view = read("view");
  const state = { view, transposed: attribute("transposed") !== null };
  if (!VIEWS[view]) throw new Error(`view must be one of ${Object.keys(VIEWS).join(", ")}, got ${view}`);
  if (view === "yours") return state;
  for (const [name, least] of Object.entries(LEAST)) {
    state[name] = Number(read(name));
    if (Number.isInteger(state[name]) && state[name] >= least) continue;
    throw new Error(`${name} must be an integer of at least ${least}, got ${read(name)}`);
  }
  state.x = lifted(parsed("x", read("x")), 3);
  state.w = lifted(parsed("w", read("w")), 4);
  state.layer = layerOf(state);
  const { maps } = state.layer, places = indices(...maps).map(String), b = parsed("b", read("b"));
  state.b = array([maps[0]], (f) => b[f] ?? (Array.isArray(b) ? 0 : b));
  state.dy = fitted(lifted(parsed("dy", attribute("dy") ?? "[]"), 3), maps, (...index) =>
    NEW_GRADIENTS[places.indexOf(String(index)) % NEW_GRADIENTS.length]);
  return state;
}

function lifted(nested, axes) {
  return shapeOf(nested).length < axes ? lifted([nested], axes) : nested;
}

function layerOf({ x, w, stride, padding, dilation, groups, transposed }) {
  const [F, K, kh, kw] = shapeOf(w), [channels, height, width] = shapeOf(x);
  const seen = transposed ? F : K * groups;
  if (channels !== seen) throw new Error(`x has ${channels} channels, and w is made for ${seen}.`);
  const spans = { spanH: dilation * (kh - 1) + 1, spanW: dilation * (kw - 1) + 1 };
  const sizes = { F, K, kh, kw, ...spans, stride, padding, dilation, groups, transposed };
  if (transposed) {
    const H = (height - 1) * stride + spans.spanH - 2 * padding;
    const W = (width - 1) * stride + spans.spanW - 2 * padding;
    if (Math.min(H, W) < 1) throw new Error("The padding leaves nothing of the output.");
    return { ...sizes, C: K, H, W, oh: height, ow: width, maps: [K, H, W] };
  }
  const oh = outputSize(height, kh, stride, padding, dilation);
  const ow = outputSize(width, kw, stride, padding, dilation);
  if (Math.min(oh, ow) < 1) throw new Error("The kernel does not fit into the padded image.");
  return { ...sizes, C: channels, H: height, W: width, oh, ow, maps: [F, oh, ow] };
}

// ---- The views ----
//
// A role says which part of a meeting an array belongs to, and so which of its entries light up.

const ROLES = {
  small: { key: (m) => [m.f, m.i, m.j], boxes: ({ F, oh, ow }) => [array([F, oh, ow], place)] },
  big: { key: (m) => [m.c, m.r, m.s], boxes: bigBoxes },
  weight: { key: (m) => [m.f, m.k, m.u, m.v], boxes: ({ F, K, kh, kw }) => array([F, K, kh, kw], place) },
  turned: { key: (m) => [m.f, m.k, m.u, m.v], boxes: ({ F, K, kh, kw }) =>
    array([F, K, kh, kw], (f, k, u, v) => place(f, k, kh - 1 - u, kw - 1 - v)) },
  spread: { key: (m) => [m.f, m.i, m.j], boxes: spreadBoxes },
  bias: { key: (m, layer) => [layer.transposed ? m.c : m.f],
    boxes: ({ maps }) => [[array([maps[0], 1], (f) => place(f))]] },
  columns: { key: (m, { ow, kh, kw }) => [m.i * ow + m.j, (m.c * kh + m.u) * kw + m.v],
    boxes: ({ oh, ow, C, kh, kw }) => [[array([oh * ow, C * kh * kw], place)]] },
  matrix: { key: (m, layer) => matrixSides(layer, (m.f * layer.oh + m.i) * layer.ow + m.j,
    (m.c * layer.H + m.r) * layer.W + m.s),
  boxes: (layer) => [[array(matrixSides(layer, layer.F * layer.oh * layer.ow,
    layer.C * layer.H * layer.W), place)]] },
};

function place(...index) {
  return { index };
}

function matrixSides({ transposed }, small, big) {
  return transposed ? [big, small] : [small, big];
}

function bigBoxes({ C, H, W, padding: p }) {
  return [array([C, H + 2 * p, W + 2 * p], (c, row, column) => {
    const r = row - p, s = column - p;
    return { index: [c, r, s], frame: r < 0 || s < 0 || r >= H || s >= W };
  })];
}

function spreadBoxes({ F, oh, ow, stride, spanH, spanW }) {
  const height = (oh - 1) * stride + 2 * spanH - 1, width = (ow - 1) * stride + 2 * spanW - 1;
  return [array([F, height, width], (f, row, column) => {
    const i = (row - spanH + 1) / stride, j = (column - spanW + 1) / stride;
    const real = [i, j].every(Number.isInteger) && i >= 0 && j >= 0 && i < oh && j < ow;
    return { index: real ? [f, i, j] : [f, `${row}z`, column], frame: !real, row, column };
  })];
}

// What each array means, which is its colour; its role and numbers; a title that is not its name.
const inSide = ({ transposed }) => (transposed ? "small" : "big");
const outSide = ({ transposed }) => (transposed ? "big" : "small");
const given = true;
const GRIDS = {
  x: { meaning: "input", role: inSide, numbers: (s) => s.x, given },
  w: { meaning: "kernel", role: () => "weight", numbers: (s) => s.w, given },
  b: { meaning: "kernel", role: () => "bias", numbers: (s) => s.b, given },
  y: { meaning: "output", role: outSide, numbers: outputs },
  dy: { meaning: "gradient", role: outSide, numbers: (s) => s.dy, given },
  dw: { meaning: "gradient", role: () => "weight", numbers: weightGradients },
  db: { meaning: "gradient", role: () => "bias", numbers: (s) => backwardBias(s.dy) },
  dx: { meaning: "gradient", role: inSide, numbers: inputGradients },
  spread: { meaning: "gradient", role: () => "spread", numbers: (s) => spread(s.dy, s.layer), title: "dy spread" },
  turned: { meaning: "kernel", role: () => "turned", numbers: (s) => s.w, title: "w turned" },
  collected: { meaning: "gradient", role: inSide, numbers: (s) => collectInput(s.dy, s.w, s.layer), title: "dx" },
  cols: { meaning: "input", role: () => "columns", numbers: (s) => im2col(s.x, s.layer) },
  back: { meaning: "input", role: () => "big", numbers: (s) => col2im(im2col(s.x, s.layer), s.layer),
    title: "col2im(cols)" },
  A: { meaning: "kernel", role: () => "matrix", numbers: (s) => asMatrix(s.w, s.layer) },
  Ax: { meaning: "output", role: outSide, numbers: (s) => outputs({ ...s, b: s.b.map(() => 0) }), title: "A x" },
  ATdy: { meaning: "gradient", role: inSide, numbers: (s) => s.broken?.result ?? inputGradients(s), title: "Aᵀ dy" },
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

// Aᵀ dy with a mistake: the second where no windows overlap.
function mistakeFor(state) {
  const { x, w, dy, layer } = state, right = inputGradients(state);
  const result = layer.transposed ? right : backwardInput(dy, w, layer, null, true);
  if (differ(inner(x, result), inner(x, right))) return { words: "= in the place of +=", result };
  return { words: "all is added twice", result: array(shapeOf(x), (...index) => 2 * at(right, index)) };
}

// Which two arrays an entry is a sum of products of.
const FACTORS = {
  y: ["x", "w"], Ax: ["x", "w"], dw: ["x", "dy"], dx: ["dy", "w"], ATdy: ["dy", "w"],
  collected: ["spread", "turned"], cols: ["x"], back: ["cols"], db: ["dy"],
};

// Of each view: the array it computes or plays; panels with a title and arrays.
const VIEWS = {
  forward: { title: "Forward", target: "y", panels: [["", "x ∗ w + b = y"]] },
  columns: { title: "Columns", target: "cols", panels: [["", "x → cols → back"]], plainOnly: true },
  matrix: { title: "Matrix", target: "y", panels: [["", "A · x + b = y"], ["What A is made of", "w"]] },
  dw: { title: "dw", target: "dw", panels: [["", "x ∗ dy = dw & db"]] },
  dx: { title: "dx", target: "dx", plays: "dy", transposedPanels: [["", "dy ∗ w = dx"]],
    panels: [["Scatter: each output stamps its kernel", "dy & w → dx"],
      ["Collect: each pixel gathers", "spread ∗ turned = collected"]] },
  adjoint: { title: "Adjoint", target: "Ax", panels: [["Forward: A x", "x ∗ w = Ax"], ["Backward: Aᵀ dy", "dy → ATdy"]] },
  ask: { title: "Ask" },
  yours: { title: "Yours" },
};
const STUDIED = Object.keys(VIEWS).filter((view) => VIEWS[view].target);

// ---- Words, formulas and code ----
//
// Pieces of text are strings, or [text, name of an array] where they have its colour.

function short(entry) {
  if (entry === null || entry === undefined) return "";
  const tidy = Math.abs(entry) < 1e-12 ? 0 : entry;
  const whole = Number.isInteger(tidy) && Math.abs(tidy) < 1e5;
  return String(whole ? tidy : Number(tidy.toPrecision(3))).replaceAll("-", "−");
}

function signed(entry) {
  return entry < 0 ? `(${short(entry)})` : short(entry);
}

function alike(name) {
  return { spread: "dy", turned: "w", collected: "dx", ATdy: "dx", Ax: "y" }[name] ?? name;
}

// x[1, 2], with the first axes left out where they have but one entry
function called(name, index, { layer }) {
  const { F, K, C, maps } = layer, role = GRIDS[name].role(layer);
  const sheets = { big: C, small: F, spread: F, bias: maps[0], weight: F * K, turned: F * K }[role];
  const shown = sheets === 1 ? index.slice(Math.max(1, index.length - 2)) : index;
  return alike(name) + (shown.length ? `[${shown.join(", ")}]` : "");
}

function joined(terms, sign = " + ") {
  return terms.flatMap((term, k) => (k ? [sign, ...term] : term));
}

function range(start, count, step) {
  return `${start}:${start + (count - 1) * step + 1}${step === 1 ? "" : `:${step}`}`;
}

const only = (count, index) => (count === 1 ? "" : `[${index}]`);

// In NumPy: an output's window and filter; the pixels that a weight meets, and their outputs.
function written(layer, index) {
  const { F, K, C, kh, kw, oh, ow, stride, dilation, padding, groups } = layer;
  const [f, p, q, v] = index, first = firstChannel(f, layer);
  const pixels = (name, channels, ...slices) =>
    `${name}${padding ? "pad" : ""}[${[...(C === 1 ? [] : [channels]), ...slices].join(", ")}]`;
  const group = groups === 1 ? ":" : `${first}:${first + K}`;
  return {
    window: (name) => pixels(name, group, range(p * stride, kh, dilation), range(q * stride, kw, dilation)),
    met: (name) => pixels(name, first + p, range(q * dilation, oh, stride), range(v * dilation, ow, stride)),
    filter: (name) => name + only(F * K, f),
    map: (name) => name + only(F, f),
  };
}

// The line of code that computes an entry of a target.
function sumCode(target, role, index, layer) {
  const { F, K, kh, kw, padding, dilation, groups, transposed } = layer;
  const [from, by] = FACTORS[target], { window, met, filter, map } = written(layer, index);
  const product = (one, other) => [" = np.sum(", one, " * ", other, ")"];
  if (role === "small") return product([window(from), from], [filter(by), by]);
  const [small, big] = transposed ? ["x", "dy"] : ["dy", "x"];
  if (role === "weight") return product([map(small), small], [met(big), big]);
  const [c, r, s] = index, first = Math.floor(c / K) * (F / groups);
  const maps = groups === 1 ? ":" : `${first}:${first + F / groups}`;
  const windows = [range(r + padding, kh, dilation), range(s + padding, kw, dilation)];
  const spread = [...(F === 1 ? [] : [maps]), ...windows];
  const kernels = [...(F * K === 1 ? [] : [maps, c % K]), "::-1", "::-1"];
  return product([`spread[${spread.join(", ")}]`, from], [`w[${kernels.join(", ")}]`, by]);
}

// The line of code by which an entry goes into a target.
function fanCode(name, role, index, target, state) {
  const { layer } = state, { padding, F, K, stride, dilation } = layer, into = GRIDS[target].role(layer);
  const other = FACTORS[target].find((factor) => factor !== name), sum = alike(target);
  const { window, met, filter, map } = written(layer, index);
  const line = (left, right) => [[left, target], " += ", [called(name, index, state), name], " * ", [right, other]];
  if (role === "small") return into === "big" ? line(window(sum), filter("w")) : line(filter(sum), window(other));
  if (role !== "big") return into === "small" ? line(map(sum), met(other)) : line(met(sum), map(other));
  // Which row of the kernel a pixel's row meets in window i: "3 - 2 * i"
  const meeting = [[index[1], "i"], [index[2], "j"]].map(([pixel, letter]) => {
    const steps = `${pixel + padding} - ${stride === 1 ? "" : `${stride} * `}${letter}`;
    return dilation === 1 ? steps : `(${steps}) // ${dilation}`;
  });
  const weight = `[${[...(F * K === 1 ? [] : ["f", index[0] % K]), ...meeting].join(", ")}]`;
  const output = F === 1 ? "[i, j]" : "[f, i, j]";
  return into === "small" ? line(sum + output, other + weight) : line(sum + weight, other + output);
}

// What is said of the selected entry, and the meetings that it takes part in.
function explain(state, view, { name, index }) {
  const role = GRIDS[name].role(state.layer), chosen = chosenMeetings(view, role, index, state.layer);
  const target = FACTORS[name] ? name : view === "adjoint" && name === "dy" ? "ATdy" : VIEWS[view].target;
  const say = { columns: sayRow, matrix: sayMatrix, bias: sayBias }[role]
    ?? (view === "columns" ? sayCopies : FACTORS[name] ? saySum : sayFan);
  const words = caption(state, view, name, role, index, chosen.length);
  return { target, chosen, caption: words, ...say({ state, name, role, index, target, chosen }) };
}

function chosenMeetings(view, role, index, layer) {
  const { key } = ROLES[role], row = role === "columns" || role === "matrix";
  // In the columns, one filter of each group: each pixel once.
  const filters = layer.F / layer.groups;
  return meetings(layer).filter((m) => {
    if (!m.inside && (layer.transposed || role === "big" || role === "matrix")) return false;
    if (view === "columns" && m.f % filters) return false;
    return row ? key(m, layer)[0] === index[0] : String(key(m, layer)) === String(index);
  });
}

function entryOf(state, name, m) {
  const source = alike(name);
  return at(state[source], ROLES[GRIDS[source].role(state.layer)].key(m)) ?? 0;
}

function products(state, factors, chosen) {
  return chosen.map((m) =>
    joined(factors.map((factor) => [[signed(entryOf(state, factor, m)), factor]]), "·"));
}

function saySum({ state, name, role, index, chosen }) {
  const { layer } = state, sum = [called(name, index, state), name], bias = ["b" + only(layer.maps[0], index[0]), "b"];
  const [right, made] = [null, state.broken].map((broken) => at(GRIDS[name].numbers({ ...state, broken }), index));
  const terms = products(state, FACTORS[name], chosen);
  if (name === "y") terms.push([[signed(state.b[index[0]]), "b"]]);
  return {
    code: [sum, ...(chosen.length ? sumCode(name, role, index, layer) : [" = 0"]), ...(name === "y" ? [" + ", bias] : [])],
    formula: [sum, " = ", ...joined(terms.length ? terms : [["0"]]),
      ...(right === made ? [] : [" = ", [short(right), name], ", with the mistake"]), " = ", [short(made), name]],
  };
}

function sayFan({ state, name, role, index, target, chosen }) {
  const into = GRIDS[target].role(state.layer), other = FACTORS[target].find((factor) => factor !== name);
  const reaching = chosen.filter((m) => m.inside || into !== "big");
  const terms = products(state, [name, other], reaching).map((product, k) =>
    [[called(target, ROLES[into].key(reaching[k]), state), target], " += ", ...product]);
  return {
    code: reaching.length ? fanCode(name, role, index, target, state) : [],
    formula: joined(terms, ",  "),
  };
}

function sayRow({ state, index: [row, column], chosen }) {
  const { layer } = state, i = Math.floor(row / layer.ow), j = row % layer.ow, { c, r, s, inside } = chosen[column];
  const window = written({ ...layer, groups: 1 }, [0, i, j]).window("x"), sum = [`cols[${row}]`, "cols"];
  const source = inside ? called("x", [c, r, s], state) : "padding";
  return {
    caption: `Row ${row} is the window of y[${i}, ${j}], laid out. Its entry ${column} is ${source}.`,
    code: [sum, " = ", [window, "x"], ".ravel()"],
    formula: [sum, " = ", ...joined(products(state, ["x"], chosen), "  ")],
  };
}

function sayCopies({ state, name, index, chosen }) {
  const entry = called(name, index, state), back = name === "back", n = chosen.length;
  const keys = chosen.map((m) => [[`cols[${ROLES.columns.key(m, state.layer).join(", ")}]`, "cols"]]);
  const value = [short(at(GRIDS[name].numbers(state), index)), name], sign = back ? " + " : " = ";
  const equation = (terms) => [[entry, name], ...(n ? [" = ", ...joined(terms, sign)] : [])];
  return {
    caption: `${entry} ${back ? "is the sum of its copies" : `has ${n} ${n === 1 ? "copy" : "copies"}`} in cols.`,
    code: equation(keys),
    formula: [...equation(products(state, ["x"], chosen)), ...(back || !n ? [" = ", value] : [])],
  };
}

function sayMatrix({ state, index: [row, column], chosen }) {
  const { layer } = state, y = indices(...layer.maps)[row], x = indices(...shapeOf(state.x))[column];
  const m = chosen.find((other) => ROLES.matrix.key(other, layer)[1] === column);
  const here = m ? `Here they meet with ${called("w", ROLES.weight.key(m), state)}.` : "They do not meet.";
  const sum = saySum({ state, name: "y", role: outSide(layer), index: y, chosen });
  return {
    caption: `Row ${row} is ${called("y", y, state)}, column ${column} is ${called("x", x, state)}. ${here}`,
    code: [[`y.ravel()[${row}]`, "y"], " = ", [`A[${row}]`, "A"], " @ ", ["x.ravel()", "x"], ...sum.code.slice(-2)],
    formula: sum.formula,
  };
}

function sayBias({ state, name, index: [f] }) {
  const entries = state.dy[f].flat(), sum = entries.reduce((a, b) => a + b, 0);
  const [b, y, dy] = [name, "y", "dy"].map((one) => [one + only(state.dy.length, f), one]);
  if (name === "b") return { caption: "The bias is added to every output.", code: [y, " += ", b], formula: [] };
  return {
    caption: "The bias reaches every output: its gradient is the sum of all that arrives.",
    code: [b, " = ", dy, ".sum()"],
    formula: [b, " = ", ...joined(entries.map((entry) => [[signed(entry), "dy"]])), " = ", [short(sum), name]],
  };
}

// One sentence on what is selected, which takes part in n products.
function caption(state, view, name, role, index, n) {
  const { layer } = state, { maps, transposed } = layer, entry = called(name, index, state);
  const some = (thing) => (n === 1 ? `one ${thing}` : `${n} ${thing}s`);
  if (role === "big" && !n) return `No window reaches ${entry}.`;
  if (name === "dw") return `${entry}: every pixel that its weight met, times dy of that output.`;
  if (role === "weight" || role === "turned") return `${entry} meets ${some("pixel")}.`;
  if (FACTORS[name] && role === "small") {
    return `${entry}: its window times the kernel, summed${name === "y" ? ", plus the bias" : ""}.`;
  }
  if (FACTORS[name] && transposed) return `${entry}: the stamps that reach it, summed.`;
  if (FACTORS[name]) return `${entry}: what the outputs that saw ${called("x", index, state)} send back.`;
  if (view === "dw" || (transposed && role === "big")) return `${entry} goes into ${some("sum")}.`;
  if (role === "big") return `${entry} is seen by ${some("output")}.`;
  const order = indices(...maps).map(String), done = order.indexOf(String(index)) + 1;
  return `${entry} stamps the kernel, times ${short(at(state[alike(name)], index))}, onto its window.${
    view === "dx" ? ` So far: ${done} of ${order.length} outputs${layer.padding ? "; the frame's share is cut off" : ""}.` : ""}`;
}

function spoken(text) {
  return text.replaceAll("·", " times ").replaceAll(" + ", " plus ").replaceAll("+=", "gets")
    .replaceAll("=", "equals").replace(/(?<!e)−/g, "minus ").replace(/[()]/g, "").replace(/\s+/g, " ");
}

function sizeFormula(axis, { x, layer }) {
  const { stride, padding, dilation, transposed, maps, kh, kw } = layer;
  const [size, kernel, made] = [[shapeOf(x)[axis], "x"], [axis === 1 ? kh : kw, "w"], [maps[axis], "y"]];
  const frame = padding ? ` ${transposed ? "−" : "+"} 2·${padding}` : "";
  const span = dilation === 1 ? [kernel] : [`(${dilation}·(`, kernel, " − 1) + 1)"];
  return [[axis === 1 ? "oh" : "ow", "y"], ...(transposed
    ? [" = (", size, ` − 1)·${stride} + `, ...span, frame] : [" = ⌊(", size, frame, " − ", ...span, `) / ${stride}⌋ + 1`]),
  " = ", made];
}

// ---- The element ----

const STYLES = `
:host { display: block; container-type: inline-size; margin-block: 1rem;
  font: 15px/1.45 system-ui, sans-serif; }
:host([hidden]), [hidden] { display: none !important; }
.bench { --paper: #fff; --ink: #1f2430; --muted: #565d6a; --line: #c3c8d0; --soft: #f4f5f7;
  --accent: #0b5b75; --cell: 34px; --on-fill: #161a22; color: var(--ink); }
@media not print {
  .dark { --paper: #161b22; --ink: #e6e9ee; --muted: #a5adba; --line: #48515e; --soft: #1e252e; --accent: #7fd3da; }
}
.input { --fill: #ffe38a; --edge: #8a6400; }
.kernel { --fill: #a5e3f2; --edge: #1668a5; }
.output { --fill: #59a68c; --edge: #0b4a36; }
.gradient { --fill: #b98af5; --edge: #5b1fa8; }
p, h3 { margin: 0 0 6px; }
button, .answer { font: inherit; min-height: 32px; padding: 3px 12px; box-sizing: border-box;
  border: 1px solid var(--muted); border-radius: 6px; background: var(--paper); color: var(--ink); }
button[aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: var(--paper); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; z-index: 3; }
.tabs, .buttons, .asking, .panels, .grids, .item, .boxes, .sliders { display: flex; flex-wrap: wrap; gap: 6px; }
.item { flex-wrap: nowrap; }
.tabs, .size { margin-bottom: 14px; }
.size > span, .legend span { display: inline-block; margin-right: 24px; }
.buttons, .asking { align-items: center; }
.panels { gap: 16px 40px; }
.panels > *, .item, .array { min-width: 0; max-width: 100%; }
h3 { font-size: 14px; }
.grids, .item { gap: 14px; }
.sign { color: var(--muted); font-size: 19px; padding-top: calc(var(--cell) / 2 + 11px); }
.label { margin-bottom: 4px; }
.label, .legend, .sliders, .hint { font-size: 13px; color: var(--muted); }
.chip { background: var(--fill); color: var(--on-fill); border-radius: 4px; padding: 1px 5px; white-space: nowrap; }
.boxes { gap: 10px; padding: 5px; margin: -5px; overflow-x: auto; }
.stacked .boxes { padding: 0; margin: 0; }
.stacked .box { display: grid; gap: 3px; border: 1px solid var(--line); border-radius: 8px; padding: 5px 8px 8px;
  background: var(--soft); }
.stacked .box > * { margin-left: calc(var(--depth) * 7px); }
.name { font-size: 11px; color: var(--muted); }
.sheet { border: 1px solid var(--line); border-radius: 3px; width: max-content; }
.row { display: flex; }
.cell { --side: calc((100cqi - 12px) / var(--n)); position: relative; box-sizing: border-box; display: flex;
  flex-direction: column; align-items: center; justify-content: center; cursor: pointer;
  width: clamp(max(24px, var(--letters) * 1.12ch + 4px), var(--side), var(--cell));
  height: clamp(24px, var(--side), var(--cell)); border: 0.5px solid var(--line);
  font-size: 13px; line-height: 1.1; font-variant-numeric: tabular-nums;
  background: color-mix(in srgb, var(--fill) 16%, var(--paper)); }
.frame { --stripes: repeating-linear-gradient(45deg, transparent 0 4px, var(--line) 4px 5px); cursor: default;
  background: var(--stripes) var(--soft); color: var(--muted); }
.remainder { --stripes: repeating-linear-gradient(135deg, transparent 0 3px, var(--muted) 3px 4px);
  background: var(--stripes) var(--paper); }
.cell b { font-weight: inherit; }
.remainder b { background: var(--paper); padding: 0 2px; }
.lit { background: var(--fill); color: var(--on-fill); }
.frame.lit { background: var(--stripes) #d9dce1; --line: #9aa1ac; }
.selected { outline: 3px solid var(--ink); outline-offset: -2px; z-index: 2; }
.cell.selected b { font-weight: 700; }
.wrong { outline: 3px dashed #d2382c; outline-offset: -3px; }
.cell:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.cell::after { content: attr(data-note); font-size: 11px; }
.cell input { position: absolute; inset: 0; width: 100%; box-sizing: border-box; border: 0; padding: 0;
  text-align: center; font: inherit; background: var(--paper); color: var(--ink); }
.small { --cell: 30px; }
.legend { margin-top: 10px; }
i { display: inline-block; width: 13px; height: 13px; margin-right: 6px; vertical-align: -2px;
  border: 1px solid var(--line); }
.reading { margin: 16px 0; padding: 12px 14px 8px; border-left: 3px solid var(--accent); background: var(--soft); }
.code, .formula { line-height: 1.75; overflow-wrap: anywhere; }
.code { font-size: 13px; font-family: ui-monospace, Menlo, Consolas, monospace; }
.answer { width: 6em; }
.sliders { gap: 10px 26px; margin: 16px 0 12px; }
.sliders label { display: grid; grid-template-columns: auto auto; flex: 1 1 120px; max-width: 180px; }
output { text-align: right; color: var(--ink); }
.sliders input { grid-column: 1 / -1; width: 100%; min-height: 24px; margin: 0; accent-color: var(--accent); }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.error { padding: 10px 14px; border: 2px solid #d2382c; }
@container (min-width: 620px) {
  .bench { --cell: 42px; }
  .array:not(.two *, .small) .cell { font-size: 15px; }
  .two { --cell: 34px; }
}
@media print {
  .bench { print-color-adjust: exact; -webkit-print-color-adjust: exact; break-inside: avoid; }
  .tabs, .buttons, .sliders, .asking { display: none; }
}
`;
const FRAME = `<div class="bench"><div class="tabs" role="group" aria-label="View"></div>
<p class="error" role="alert" hidden></p><div class="content"><div class="size"></div>
<div class="panels"></div><div class="legend"></div><div class="reading"><p class="caption"></p>
<p class="code"></p><p class="formula"></p></div><div class="sums"></div>
<form class="asking"><label class="question" for="answer"></label><input class="answer" id="answer"
autocomplete="off"><button>Check</button><button type="button" data-do="step">Another</button>
<b class="verdict"></b></form><div class="sliders"></div>
<div class="buttons"><button type="button" class="player" data-do="play">Play</button>
<button type="button" data-do="reset">Reset</button>
<button type="button" class="linker" data-do="copyLink">Copy link</button>
<p class="hint">Select a cell; select it again, or press Enter, to edit.</p></div></div>
<p class="aloud" role="status"></p></div>`;
const STEP_MILLISECONDS = 1100, MOST_TERMS = 40, MOST_NOTED_COLUMNS = 10;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// A page with more cells than this is slow.
function matrixFits({ F, oh, ow, C, H, W }) {
  return F * oh * ow * C * H * W <= 8000;
}

// The values of a slider with which the layer still has an output.
function limits(name, state) {
  const [least, most] = RANGES[name];
  return array([most - least + 1], (k) => least + k).filter((value) => {
    try {
      const layer = layerOf({ ...state, ...slid(name, value, state) });
      return state.view !== "matrix" || matrixFits(layer);
    } catch {
      return false;
    }
  });
}

function slid(name, value, { x, w }) {
  const [C] = shapeOf(x), [F, K] = shapeOf(w);
  if (name === "size") return { x: fitted(x, [C, value, value], (c, r, s) => (c + r * value + s) % 10) };
  if (name !== "kernel") return { [name]: value };
  return { w: fitted(w, [F, K, value, value], (f, k, u, v) => NEW_WEIGHTS[(u + v) % 4]) };
}

// The arrays of "yours" have any shape; the last two axes are a sheet.
function freeGrid(title, meaning, numbers) {
  const shape = shapeOf(numbers), missing = Math.max(0, 4 - shape.length);
  const boxes = array([...Array(missing).fill(1), ...shape], (...index) => ({ index: index.slice(missing) }));
  return { title, meaning, boxes, numbers, value: ({ index }) => at(numbers, index) };
}

function htmlOf(pieces) {
  return pieces.map((piece) => (Array.isArray(piece)
    ? `<span class="chip ${GRIDS[piece[1]].meaning}">${piece[0]}</span>` : piece)).join("");
}

function idOf(name, index) {
  return [name, ...index].join("_");
}

function numberIn(text) {
  return text.trim() ? Number(text.replace("−", "-").replace(",", ".")) : NaN;
}

export class ConvolutionBench extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  connectedCallback() {
    if (!this.shadowRoot) this.build();
    this.ends = new AbortController();
    const { signal } = this.ends, repaint = () => this.paintTheme();
    addEventListener("hashchange", () => this.readLink(), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal });
    this.themes = new MutationObserver(repaint);
    for (const element of [document.documentElement, document.body]) this.themes.observe(element, { attributes: true });
    this.readLink();
    repaint();
    this.update();
    if (this.hasAttribute("plays") && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
  }

  disconnectedCallback() {
    this.ends.abort();
    this.themes.disconnect();
    this.stop();
  }

  // Attributes that change together are read once.
  attributeChangedCallback() {
    if (!this.shadowRoot) return;
    this.answered = this.parts.answer.value = "";
    if (this.waiting) return;
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

  // This page's address with the state in it.
  get link() {
    const state = SHARED.filter((name) => this.hasAttribute(name));
    const query = new URLSearchParams(state.map((name) => [name, this.getAttribute(name)]));
    return `${location.href.replace(/#.*/, "")}#${this.id || "bench"}?${query}`;
  }

  readLink() {
    const [id, query] = location.hash.slice(1).split("?"), given = new URLSearchParams(query);
    if (!query || id !== (this.id || "bench")) return;
    for (const name of SHARED) {
      if (given.has(name)) this.setAttribute(name, given.get(name));
      else this.removeAttribute(name);
    }
  }

  get numbers() {
    return Object.fromEntries([...this.grids].map(([name, grid]) => [name, grid.numbers]));
  }

  build() {
    this.initial = ATTRIBUTES.map((name) => [name, this.getAttribute(name)]);
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${STYLES}</style>${FRAME}`;
    this.parts = Object.fromEntries([...root.querySelectorAll("[class]")].map((part) => [part.className, part]));
    const { panels, asking, sliders, answer } = this.parts;
    sliders.innerHTML = Object.keys(RANGES).map((name) =>
      `<label>${name}<output></output><input type="range" name="${name}"></label>`).join("");
    root.addEventListener("click", (event) => this.onClick(event));
    root.addEventListener("pointerdown", ({ target }) => { if (!target.closest("[data-do=play]")) this.stop(); });
    panels.addEventListener("keydown", (event) => this.onKey(event));
    sliders.addEventListener("input", ({ target: { name, value } }) =>
      this.change(slid(name, Number(value), this.state)));
    asking.addEventListener("submit", (event) => {
      event.preventDefault();
      this.judge(answer.value);
    });
  }

  // -- From the attributes to the state --

  update() {
    this.waiting = false;
    const { error, content } = this.parts;
    try {
      this.state = readState((name) => this.getAttribute(name));
      if (this.state.view === "yours") this.readYours();
      else this.readGrids();
      error.textContent = "";
    } catch (problem) {
      error.textContent = problem.message;
    }
    error.hidden = !error.textContent;
    content.hidden = !error.hidden;
    if (error.hidden) this.paint();
  }

  readGrids() {
    const { state } = this, { layer } = state, [name, ...index] = this.selected();
    this.shown = state.view === "ask" ? STUDIED.find((view) => VIEWS[view].target === name) ?? "forward" : state.view;
    if (layer.transposed && VIEWS[this.shown].plainOnly) this.shown = "forward";
    if (this.hasAttribute("broken")) state.broken = mistakeFor(state);
    const { panels, transposedPanels } = VIEWS[this.shown];
    this.layout = (layer.transposed && transposedPanels) || panels;
    const names = this.layout.flatMap(([, grids]) => grids.split(" ")).filter((word) => GRIDS[word]);
    const possible = names.filter((one) => state.view !== "ask" || FACTORS[one]);
    this.selection = this.valid(name, index.map(Number), possible);
    this.grids = new Map(names.map((grid) => [grid, this.readGrid(grid)]));
  }

  selected() {
    return (this.getAttribute("select") ?? "").trim().split(/[\s,]+/);
  }

  places(name) {
    const { layer } = this.state;
    return ROLES[GRIDS[name].role(layer)].boxes(layer).flat(3).filter((place) => !place.frame);
  }

  // What is selected, or else an entry of what the view computes.
  valid(name, index, names) {
    const given = names.includes(name) ? this.places(name) : [];
    // "y 1 0" is y[0, 1, 0].
    const whole = [0, 0, 0, 0, ...index].slice(-(given[0]?.index.length ?? 1));
    if (given.some((place) => String(place.index) === String(whole))) return { name, index: whole };
    const { target } = VIEWS[this.shown], places = this.places(target);
    return { name: target, index: places[target === "dx" ? places.length >> 1 : 0].index };
  }

  readGrid(name) {
    const { state, selection } = this, { layer } = state, grid = GRIDS[name], title = grid.title ?? name;
    const boxes = ROLES[grid.role(layer)].boxes(layer);
    const partly = name === "dx" && !layer.transposed && ["dy", "spread"].includes(selection.name);
    const numbers = partly ? inputGradients(state, selection.index) : grid.numbers(state);
    const value = ({ index, frame, row, column }) => (name === "spread" ? at(numbers, [index[0], row, column])
      : frame ? (grid.given ? 0 : null) : at(numbers, index));
    return { ...grid, title: partly ? "dx so far" : title, numbers, value, boxes };
  }

  // A failing case: what is right, what was given, and what an entry of each is made of.
  readYours() {
    const { of } = this, arrays = ["expected", "got", "should", "used", of].map((name) =>
      (this.hasAttribute(name) ? parsed(name, this.getAttribute(name)) : null));
    const [expected, got, should, used, source] = arrays, [name, ...index] = this.selected(), place = index.map(Number);
    const add = (key, title, meaning, numbers) => this.grids.set(key, freeGrid(title, meaning, numbers));
    this.shown = "yours";
    this.grids = new Map();
    add("expected", "expected", "output", expected);
    add("got", "got", "output", got);
    const all = this.grids.get("expected").boxes.flat(3), wrong = all.find((one) => this.isWrong("got", one.index));
    const known = this.grids.has(name) && index.length && Number.isFinite(at(expected, place));
    this.selection = known ? { name, index: place } : { name: "got", index: (wrong ?? all[0]).index };
    this.layout = [["", `expected ${wrong ? "≠" : "="} got`]];
    if (used && should) {
      add("should", `${of} that it should use`, "kernel", at(should, this.selection.index));
      add("used", `${of} that it uses`, "kernel", at(used, this.selection.index));
      this.layout.push([`The weight of each entry of ${of}`, "should & used"]);
    }
    if (!source) return;
    add("source", of, GRIDS[of].meaning, source);
    this.layout.push(["", "source"]);
  }

  get of() {
    return GRIDS[this.getAttribute("of")] ? this.getAttribute("of") : "x";
  }

  isWrong(name, index) {
    const pair = { got: "expected", used: "should" }[name], entry = (grid) => at(this.grids.get(grid).numbers, index);
    return Boolean(pair) && differ(entry(name), entry(pair));
  }

  // -- From the state to the page --

  paint() {
    const { shadowRoot, parts, state, shown } = this, yours = shown === "yours";
    const focused = shadowRoot.activeElement?.id;
    this.said = yours ? this.sayYours() : explain(state, shown, this.selection);
    const { caption, code, formula } = this.said;
    const asked = this.isAsked(this.selection.name, this.selection.index);
    // No products before a first try.
    this.hides = asked && !this.answered;
    const sum = asked ? [...formula.slice(0, this.hides ? 2 : -1), ["?", this.selection.name]] : formula;
    parts.size.innerHTML = yours ? "" : [1, 2].map((axis) => `<span>${htmlOf(sizeFormula(axis, state))}</span>`).join("");
    parts.panels.innerHTML = this.layout.map((panel) => this.panel(panel)).join("");
    const kinds = { frame: "padding or zeros between", remainder: "no window reaches it" };
    parts.legend.innerHTML = Object.entries(kinds).filter(([kind]) => parts.panels.querySelector(`.${kind}`))
      .map(([kind, words]) => `<span><i class="${kind}"></i>${words}</span>`).join("");
    parts.caption.textContent = caption;
    parts.code.innerHTML = htmlOf(code);
    parts.formula.innerHTML = htmlOf(sum);
    const verdict = this.paintSums() + this.paintAsking();
    this.paintControls();
    const sentence = `${caption} ${spoken(parts.formula.textContent)}. ${spoken(verdict)}`;
    if (!this.timer && parts.aloud.textContent !== sentence) parts.aloud.textContent = sentence;
    if (focused) shadowRoot.getElementById(focused)?.focus();
  }

  // The colour of the page's text tells whether it is dark, whatever its theme is called.
  paintTheme() {
    const [r, g, b] = getComputedStyle(this).color.match(/[\d.]+/g).map(Number);
    this.parts.bench.classList.toggle("dark", 0.3 * r + 0.6 * g + 0.1 * b > 128);
  }

  panel([title, words]) {
    // A sign stays with the array behind it.
    const items = [...words.matchAll(/(\W )?(\w+)/g)].map(([, sign, name]) => `<div class="item">${
      sign && sign !== "& " ? `<span class="sign" aria-hidden="true">${sign}</span>` : ""}${this.array(name)}</div>`);
    return `<section class="${this.layout.length > 1 ? "two" : ""}">${title && `<h3>${title}</h3>`}
      <div class="grids">${items.join("")}</div></section>`;
  }

  array(name) {
    const grid = this.grids.get(name), { boxes, title, meaning, numbers } = grid, { layer } = this.state;
    const role = layer && GRIDS[name]?.role(layer), columns = boxes[0][0][0].length;
    const marks = { lit: this.litKeys(name, role), notes: this.notes(name, role),
      reached: role === "big" && new Set(meetings(layer).map((m) => String(ROLES.big.key(m)))) };
    const several = boxes.flat().length > 1, size = shapeOf(numbers).slice(several ? 0 : -2), word = title.split(" ")[0];
    const sheet = (rows, index) => {
      const label = several ? `${word}[${index.join(", ")}]` : title;
      // A point takes half the room of a digit.
      const room = (text) => text.length - (text.includes(".") ? 0.5 : 0);
      const longest = Math.max(...rows.flat().map((place) => room(short(grid.value(place)))));
      const style = `--n: ${columns}; --letters: ${longest}; --depth: ${index.at(-1)}`;
      return `${several ? `<div class="name" style="${style}" aria-hidden="true">${label}</div>` : ""}
        <div class="sheet" role="grid" aria-label="${label}" style="${style}">${this.rows(name, rows, marks)}</div>`;
    };
    const small = columns > MOST_NOTED_COLUMNS || role === "columns" ? "small" : "";
    return `<div class="array ${meaning} ${several ? "stacked" : ""} ${small}">
      <div class="label"><span class="chip">${title}</span> (${size.join(", ")})</div><div class="boxes">${
      boxes.map((box, f) => `<div class="box">${box.map((rows, k) =>
        sheet(rows, boxes.length > 1 ? [f, k] : [k])).join("")}</div>`).join("")}</div></div>`;
  }

  // One cell of each sheet is reached by Tab; the arrow keys lead to the others.
  rows(name, rows, marks) {
    const real = rows.flat().filter((place) => !place.frame);
    const tabbed = real.find((place) => this.isSelected(name, place.index)) ?? real[0];
    const lit = (y, x) => rows[y]?.[x] && marks.lit.has(String(rows[y][x].index));
    return rows.map((row, y) => `<div class="row" role="row">${row.map((place, x) => {
      // What is lit is outlined as a whole, for who cannot tell the colours.
      const sides = [["0 2px", y - 1, x], ["0 -2px", y + 1, x], ["2px 0", y, x - 1], ["-2px 0", y, x + 1]];
      const edges = lit(y, x) ? sides.filter(([, v, u]) => !lit(v, u)).map(([side]) => `inset ${side} var(--edge)`) : [];
      return this.cell(name, place, marks, edges.join(), place === tabbed);
    }).join("")}</div>`).join("");
  }

  cell(name, place, { lit, notes, reached }, edges, tabbed) {
    const { index, frame } = place, key = String(index), grid = this.grids.get(name);
    const asked = this.isAsked(name, index), selected = this.isSelected(name, index), value = grid.value(place);
    const states = { lit: lit.has(key), selected, frame, remainder: reached && !reached.has(key),
      wrong: this.isWrong(name, index) };
    const note = asked ? "" : notes.get(key) ?? "", text = asked ? "?" : short(value);
    const entry = this.shown === "yours" ? `${grid.title}[${index.join(", ")}]` : frame || called(name, index, this.state);
    const words = [text && `${entry}: ${asked ? "not known yet" : spoken(text)}`,
      !text && "outside the window", spoken(note), states.remainder && "no window reaches it", states.wrong && "differs"];
    const described = frame ? "" : `tabindex="${tabbed ? 0 : -1}" aria-selected="${selected}"
      aria-label="${words.filter(Boolean).join(", ")}"`;
    const classes = Object.keys(states).filter((state) => states[state]).join(" ");
    return `<div class="cell ${classes}" id="${idOf(name, index)}" role="gridcell" ${described}
      data-note="${note}" style="box-shadow: ${edges || "none"}"><b>${text}</b></div>`;
  }

  isSelected(name, index) {
    return name === this.selection.name && String(index) === String(this.selection.index);
  }

  isAsked(name, index) {
    if (this.state.view !== "ask" || this.answered === "right") return false;
    return alike(name) === alike(this.selection.name) && String(index) === String(this.selection.index);
  }

  litKeys(name, role) {
    const { selection, said } = this, { layer } = this.state, keys = (all) => new Set(all.map(String));
    const row = role === "matrix" || role === "columns", biases = ["b", "db"].includes(selection.name);
    if (name === selection.name && !row) return keys([selection.index]);
    if (biases && ["y", "dy"].includes(name)) {
      return keys(this.places(name).map(({ index }) => index).filter(([f]) => f === selection.index[0]));
    }
    const apart = name === "db" || (name === "b" && !["y", "A"].includes(selection.name));
    if (this.shown === "yours" || biases || apart) return keys([]);
    return keys(said.chosen.filter((m) => role !== "matrix" || m.inside).map((m) => ROLES[role].key(m, layer)));
  }

  // The second line of a cell: what a factor is multiplied by, or what is added to a sum.
  notes(name, role) {
    const { state, selection, said, shown } = this, { target, chosen } = said, notes = new Map();
    const plain = !chosen || this.hides || shown === "columns" || ["A", "b", "db"].includes(selection.name);
    if (plain || this.grids.get(name).boxes[0][0][0].length > MOST_NOTED_COLUMNS) return notes;
    const [from, by] = FACTORS[target], summed = selection.name === target;
    if (alike(name) !== alike(summed ? from : target)) return notes;
    for (const m of chosen) {
      const [p, q] = [entryOf(state, from, m), entryOf(state, by, m)];
      const note = summed ? `·${short(q)}` : `${p * q < 0 ? "" : "+"}${short(p * q)}`;
      notes.set(String(ROLES[role].key(m, state.layer)), note);
    }
    return notes;
  }

  sayYours() {
    const { index } = this.selection, entry = (name, place) => short(at(this.grids.get(name).numbers, place));
    const wrong = (this.grids.get("used")?.boxes.flat(3) ?? []).filter((place) => this.isWrong("used", place.index))
      .map(({ index: place }) => ` ${this.of}[${place.join(", ")}] goes in ${entry("used", place)} times, not ${
        entry("should", place)}.`);
    const caption = `[${index.join(", ")}]: expected ${entry("expected", index)}, got ${entry("got", index)}.${wrong.join("")}`;
    return { caption, code: [], formula: [] };
  }

  // The adjoint's two sums; returns what is to be said of them.
  paintSums() {
    const { parts: { sums }, state: { broken }, numbers } = this;
    sums.hidden = this.shown !== "adjoint";
    if (sums.hidden) return "";
    const pairs = [["⟨A x, dy⟩", "Ax", "dy"], ["⟨x, Aᵀ dy⟩", "x", "ATdy"]];
    const [one, other] = pairs.map(([, p, q]) => inner(numbers[p], numbers[q]));
    const lines = pairs.map(([name, p, q]) => {
      const [a, b] = [numbers[p].flat(2), numbers[q].flat(2)];
      const terms = a.slice(0, MOST_TERMS).map((entry, k) => [[signed(entry), p], "·", [signed(b[k]), q]]);
      if (a.length > MOST_TERMS) terms.push(["…"]);
      return `<p class="formula"><b>${name}</b> = ${htmlOf(joined(terms))} = <b>${short(inner(a, b))}</b></p>`;
    });
    const verdict = differ(one, other) ? `${short(one)} is not ${short(other)}.` : `Both are ${short(one)}.`;
    const why = broken ? `The mistake: ${broken.words}.` : "Edit any cell: they stay equal.";
    sums.innerHTML = `${lines.join("")}<p><b>${verdict}</b> ${why}</p>
      <button type="button" id="break" data-do="break" aria-pressed="${Boolean(broken)}">Break it</button>`;
    return `${verdict} ${why}`;
  }

  paintAsking() {
    const { asking, question, verdict } = this.parts;
    asking.hidden = this.state.view !== "ask";
    if (asking.hidden) return "";
    question.textContent = `${called(this.selection.name, this.selection.index, this.state)} =`;
    const right = this.answered === "right";
    verdict.textContent = right ? "Right." : this.answered ? `Not ${this.answered}. Try again.` : "";
    return verdict.textContent;
  }

  paintControls() {
    const { state, parts } = this, { view, layer, transposed } = state, yours = view === "yours";
    const given = this.getAttribute("views")?.split(/\s+/), controls = this.getAttribute("controls")?.split(/\s+/);
    const views = (given ?? (view === "ask" ? [] : STUDIED)).filter((name) =>
      VIEWS[name] && !(transposed && VIEWS[name].plainOnly) && (name !== "matrix" || yours || matrixFits(layer)));
    parts.tabs.hidden = views.length < 2 || yours;
    parts.tabs.innerHTML = views.map((name) => `<button type="button" id="view-${name}" data-do="show"
      aria-pressed="${name === view}">${VIEWS[name].title}</button>`).join("");
    parts.buttons.hidden = parts.sliders.hidden = yours || String(controls) === "none";
    parts.player.hidden = view === "ask";
    parts.linker.hidden = !this.id || !navigator.clipboard;
    if (yours) return;
    const sides = { size: shapeOf(state.x).slice(1), kernel: [layer.kh, layer.kw] };
    for (const slider of parts.sliders.querySelectorAll("input")) {
      const { name } = slider, both = sides[name] ?? [state[name]], possible = [...limits(name, state), both[0]];
      [slider.min, slider.max, slider.value] = [Math.min(...possible), Math.max(...possible), both[0]];
      slider.previousElementSibling.textContent = both.join(" × ");
      slider.parentElement.hidden = (controls && !controls.includes(name)) || (name === "dilation" && transposed);
    }
  }

  // -- What a reader does --

  onClick({ target }) {
    const button = target.closest("[data-do]"), cell = target.closest(".cell[tabindex]");
    if (button) this[button.dataset.do](button);
    if (!cell || target.matches("input")) return;
    if (cell.matches(".selected") && this.canEdit(cell)) this.edit(cell);
    else this.reach(cell);
  }

  onKey(event) {
    const cell = event.target.closest(".cell"), { key } = event;
    if (!cell || event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const editable = this.canEdit(cell);
    if (ARROWS[key]) this.reach(neighbour(cell, ...ARROWS[key]));
    else if (editable && key === "Enter") this.edit(cell);
    else if (editable && /^[-\d.]$/.test(key)) this.edit(cell, key);
    else if (key === "Enter" || key === " ") this.reach(cell);
    else return;
    this.stop();
    event.preventDefault();
  }

  reach({ id }) {
    const [name, ...index] = id.split("_");
    if (this.state.view !== "ask" || FACTORS[name]) this.change({ select: [name, ...index].join(" ") });
    this.shadowRoot.getElementById(id)?.focus();
  }

  canEdit({ id }) {
    const [name, ...index] = id.split("_"), { view } = this.state;
    if (this.getAttribute("editable") === "false") return false;
    return view === "ask" ? this.isAsked(name, index) : view !== "yours" && Boolean(GRIDS[name].given);
  }

  edit(cell, begun = "") {
    const [name, ...index] = cell.id.split("_"), asked = this.isAsked(name, index);
    const before = asked ? "" : String(at(this.state[name], index)), input = document.createElement("input");
    input.setAttribute("aria-label", `new value of ${called(name, index, this.state)}`);
    input.value = begun || before;
    const close = (keep) => {
      if (!cell.contains(input)) return;
      const { value } = input, focused = this.shadowRoot.activeElement === input;
      input.onblur = null;
      input.remove();
      if (keep && asked) this.judge(value);
      else if (keep && value !== before) this.setEntry(name, index, numberIn(value));
      if (focused) this.shadowRoot.getElementById(cell.id)?.focus();
    };
    input.onblur = () => close(true);
    input.onkeydown = ({ key }) => { if (key === "Enter" || key === "Escape") close(key === "Enter"); };
    cell.append(input);
    input.focus();
    if (!begun) input.select();
  }

  setEntry(name, index, value) {
    if (!Number.isFinite(value)) return;
    const edited = structuredClone(this.state[name]);
    at(edited, index.slice(0, -1))[index.at(-1)] = value;
    this.change({ [name]: edited, select: [name, ...index].join(" ") });
  }

  // Whole numbers are exact, others within half a percent.
  judge(text) {
    const { name, index } = this.selection, value = at(this.numbers[name], index), typed = numberIn(text);
    if (!text.trim()) return;
    const right = Number.isInteger(value) ? typed === value : Math.abs(typed - value) <= 0.005 * Math.abs(value);
    this.answered = right ? "right" : text.trim();
    this.paint();
  }

  show({ id }) {
    this.change({ view: id.replace("view-", ""), select: null });
  }

  break() {
    this.change({ broken: this.state.broken ? null : "" });
  }

  // To the next entry; returns whether that is the last.
  step() {
    const { state, selection, shown } = this;
    const name = state.view === "ask" ? selection.name : VIEWS[shown].plays ?? VIEWS[shown].target;
    const places = this.places(name).filter(({ index }) => name !== "cols" || index[1] === 0);
    const now = places.findIndex(({ index }) => this.isSelected(name, index));
    const next = (now + 1) % places.length;
    this.change({ select: [name, ...places[next].index].join(" ") });
    return next === places.length - 1;
  }

  play() {
    const { timer, parts } = this;
    this.stop();
    if (timer) return;
    parts.player.textContent = "Pause";
    this.timer = setInterval(() => { if (this.step()) this.stop(); }, STEP_MILLISECONDS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.parts.player.textContent = "Play";
  }

  reset() {
    this.change(Object.fromEntries(this.initial));
  }

  async copyLink(button) {
    await navigator.clipboard.writeText(this.link);
    button.textContent = "Copied";
  }
}

// The next cell that can be reached in a direction, if there is one.
function neighbour(cell, down, right) {
  const rows = [...cell.parentElement.parentElement.children].map((row) => [...row.children]);
  let y = rows.findIndex((row) => row.includes(cell)), x = rows[y].indexOf(cell);
  do [y, x] = [y + down, x + right]; while (rows[y]?.[x] && !rows[y][x].matches("[tabindex]"));
  return rows[y]?.[x] ?? cell;
}

// A page may hold the component more than once: the first counts.
if (!customElements.get("convolution-bench")) {
  customElements.define("convolution-bench", ConvolutionBench);
}
