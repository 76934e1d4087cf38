#!/usr/bin/env bash
# Makes ../static/codemirror/codemirror.min.js and its licence from npm's packages; see README.md.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --no-audit --no-fund --loglevel=error "codemirror@6" "@codemirror/lang-python@6" "@lezer/highlight@1" "esbuild@0"
cp "$here/entry.js" .
npx esbuild entry.js --bundle --minify --format=esm --legal-comments=none --outfile="$here/../static/codemirror/codemirror.min.js"
cp node_modules/@codemirror/view/LICENSE "$here/../static/codemirror/"
for package in view state commands language autocomplete lang-python; do
  node -p "'@codemirror/$package ' + require('./node_modules/@codemirror/$package/package.json').version"
done
