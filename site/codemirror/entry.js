// What the pages use of CodeMirror: an editor for a few lines of Python.
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

// text       what stands in it
// label      its name for screen readers
// onChange   called with the new text
// onCheck    called on Ctrl-Enter
export function editor(parent, { text, label, onChange, onCheck }) {
  const check = () => { onCheck(); return true; };
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        EditorState.tabSize.of(4), indentUnit.of("    "), python(), syntaxHighlighting(classHighlighter),
        keymap.of([
          { key: "Mod-Enter", run: check }, { key: "Shift-Enter", run: check },
          ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab,
        ]),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) onChange(update.state.doc.toString()); }),
      ],
    }),
  });
}
