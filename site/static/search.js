// Search by section, on the search page. MiniSearch ranks; the words of both sides are made alike first:
// hyphens, endings and spelling make no difference, and site/synonyms.txt says which words stand for which.
{
  const SMALL = new Set(("a about an and are as at be by can do does for from get has have i if in into is it its me my not of on "
    + "one or should so that the their then there these this to was we where who will with you your").split(" "));
  const FIELDS = { title: 4, terms: 4, around: 1.5, path: 1.5, text: 1 };
  const WEIGHTS = { lessons: 1, index: 0.7, bench: 0.7, reference: 0.12, instructors: 0.5, authors: 0.3, changelog: 0.15 };
  // Every lesson is about these: they count a little, and a section without them is found as well.
  const VAGUE = new Set("convolution convolutional convolve conv cnn layer numpy how what when which why".split(" "));
  const EVERYWHERE = /^(recap|break it)$/i;
  const stemmer = new EnglishStemmer();

  function american(word) {
    return word.replace(/is(e|ed|es|er|ing|ation|ations)$/, "iz$1").replace(/ys(e|ed|es|ing)$/, "yz$1")
      .replace(/([a-z]{3})our(s|ed|ing|al|hood)?$/, "$1or$2").replace(/tre(s|d)?$/, "ter$1").replace(/^grey/, "gray").replace(/ctors?$/, "ct")
      .replace(/^(model|label|cancel|travel|level|channel)l(ed|er|ing)$/, "$1$2");
  }

  // The words of a text; of one with hyphens, underscores or capitals within, its parts as well.
  function words(text) {
    const found = [];
    for (const [whole] of text.normalize("NFKC").replace(/×/g, "x").matchAll(/[\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)*/gu)) {
      const parts = whole.split(/[-_]|(?<=[a-z])(?=[A-Z])/).filter(Boolean);
      if (parts.length > 1) found.push(parts.join(""));
      found.push(...parts);
    }
    return found;
  }

  const term = word => SMALL.has(word.toLowerCase()) ? null : stemmer.stemWord(american(word.toLowerCase()));
  const terms = text => words(text).map(term).filter(Boolean);
  const vague = new Set([...VAGUE].map(term));

  function build({ sections, synonyms }) {
    const index = new MiniSearch({ fields: Object.keys(FIELDS), tokenize: words, processTerm: term });
    const titles = {};
    for (const section of sections) titles[section.page] ??= section.title;
    const documents = sections.map((section, id) => ({ ...section, id, around: titles[section.page], path: section.page }));
    index.addAll(documents);
    const meanings = new Map();
    for (const [said, meant] of synonyms) {
      for (const phrase of said) {
        const key = terms(phrase).join(" ");
        meanings.set(key, [...(meanings.get(key) ?? []), ...meant.map(terms)]);
      }
    }
    return { index, documents, meanings };
  }

  // What a query asks for, in groups: each is a word, or words that have a meaning together, and its alternatives.
  function groups(query, meanings) {
    const spoken = words(query).filter(word => term(word)), asked = spoken.map(term), found = [];
    for (let start = 0, length; start < asked.length; start += length) {
      length = Math.min(4, asked.length - start);
      while (length > 1 && !meanings.has(asked.slice(start, start + length).join(" "))) length -= 1;
      const said = asked.slice(start, start + length);
      const neighbours = length > 1 ? [] : [spoken.slice(start - 1, start + 1), spoken.slice(start, start + 2)];
      found.push({
        weight: said.every(word => vague.has(word) || /^\d{1,2}$/.test(word)) ? 0.5 : 1,
        alternatives: [{ said, weight: 1 },
          ...(meanings.get(said.join(" ")) ?? []).map(other => ({ said: other, weight: 0.85 })),
          ...neighbours.filter(pair => pair.length > 1).map(pair => ({ said: [term(pair.join(""))], weight: 1 }))],
      });
    }
    return found;
  }

  // The score of every section for one group, and the words of it that matched.
  function ranked(index, { alternatives, weight: importance }) {
    const best = new Map();
    for (const { said, weight } of alternatives) {
      const queries = said.map(word => ({ queries: [word], prefix: word.length > 3, fuzzy: word.length > 5 ? 0.2 : false }));
      const options = { combineWith: "AND", boost: FIELDS, weights: { prefix: 0.3, fuzzy: 0.1 }, tokenize: word => [word], processTerm: word => word };
      for (const { id, score, terms } of index.search({ combineWith: "AND", queries }, options)) {
        const here = importance * weight * score / said.length;
        if (here > (best.get(id)?.score ?? 0)) best.set(id, { score: here, terms });
      }
    }
    return best;
  }

  function find({ index, documents, meanings }, query) {
    const wanted = groups(query, meanings), asked = terms(query);
    const needed = wanted.some(({ weight }) => weight === 1) ? wanted.filter(({ weight }) => weight === 1) : wanted;
    const sums = new Map();
    for (const group of wanted) {
      for (const [id, { score, terms }] of ranked(index, group)) {
        const sum = sums.get(id) ?? { score: 0, met: 0, terms: new Set() };
        terms.forEach(word => sum.terms.add(word));
        sums.set(id, { score: sum.score + score, met: sum.met + needed.includes(group), terms: sum.terms });
      }
    }
    return [...sums].map(([id, { score, met, terms }]) => {
      const section = documents[id];
      const named = section.title === query.trim() ? 4 : 1, opens = section.title === section.around ? 1.25 : 1;
      const weight = (WEIGHTS[section.page.split("/")[0]] ?? 0.5) * (EVERYWHERE.test(section.title) ? 0.5 : 1) * named * opens;
      return { ...section, matched: [...asked, ...terms], score: weight * score * (met / needed.length) ** 3 };
    }).filter(({ score }) => score > 0).sort((one, other) => other.score - one.score);
  }

  // The piece of a text around the most of what matched, and what matched in it marked.
  function snippet(text, matched, length = 200) {
    const hits = [...text.matchAll(/[\p{L}\p{N}_-]+/gu)].filter(([word]) => words(word).some(part => matched.includes(term(part))));
    const inside = hit => hits.filter(other => other.index >= hit.index && other.index < hit.index + length - 60);
    const distinct = hit => new Set(inside(hit).map(([word]) => term(word))).size;
    const first = hits.reduce((best, hit) => best && distinct(best) >= distinct(hit) ? best : hit, null)?.index ?? 0;
    const start = Math.max(text.lastIndexOf(" ", Math.max(first - 60, 0)), 0);
    const end = text.length > start + length ? text.lastIndexOf(" ", start + length) : text.length;
    const pieces = [];
    let at = start;
    for (const { 0: word, index } of hits.filter(({ 0: word, index }) => index >= start && index + word.length <= end)) {
      pieces.push([text.slice(at, index), false], [word, true]);
      at = index + word.length;
    }
    pieces.push([text.slice(at, end), false]);
    return { pieces, before: start > 0, after: end < text.length };
  }

  globalThis.courseSearch = { build, find, snippet };

  function paragraph({ pieces, before, after }) {
    const shown = document.createElement("p");
    if (before) shown.append("… ");
    for (const [piece, marked] of pieces) {
      const part = marked ? document.createElement("mark") : document.createTextNode(piece);
      if (marked) part.textContent = piece;
      shown.append(part);
    }
    if (after) shown.append(" …");
    return shown;
  }

  function result({ page, anchor, title, around, text, matched }) {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `${page}.html#${anchor}`;
    link.textContent = title;
    item.append(link);
    if (around !== title) {
      const where = document.createElement("span");
      where.textContent = around;
      item.append(where);
    }
    item.append(paragraph(snippet(text, matched)));
    return item;
  }

  function show() {
    const asked = new URLSearchParams(location.search).get("q")?.trim() ?? "";
    const field = document.querySelector("article form.bd-search input");
    field.value = asked;
    field.focus();
    if (!asked) return;
    const found = find(build(courseSearchIndex), asked);
    const most = 30, count = found.length === 1 ? "1 section" : `${found.length} sections`;
    document.querySelector("#search-summary").textContent = found.length
      ? `${count} for “${asked}”${found.length > most ? `; here are the first ${most}` : ""}.`
      : `Nothing was found for “${asked}”. Fewer words, or others, may find more.`;
    document.querySelector("#search-results").replaceChildren(...found.slice(0, most).map(result));
  }
  if (globalThis.document) show();
}
