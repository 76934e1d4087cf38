// How the search ranks what it finds: Sphinx's own numbers, with lessons ahead of the reference, and
// the fields of classes behind all others.
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, , , description, score]) => {
    if (page.startsWith("lessons/")) return score + 10;
    return /attribute|property/.test(description) ? score - 10 : score;
  },
};
