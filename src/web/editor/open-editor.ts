import { yaml } from '@codemirror/lang-yaml';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { basicSetup, EditorView } from 'codemirror';
import type { TextProblem } from '../../api/problem.ts';
import { placedProblems } from './diagnostics.ts';
import { editorHighlight, editorTheme } from './editor-theme.ts';
import { completing, hovering, type KnownLater } from './offers.ts';

/** What an open editor tells. Lines count from 1. */
export type EditorListener = KnownLater & {
  readonly onText: (text: string) => void;
  readonly onLine: (line: number) => void;
};

/**
 * Opens a YAML editor inside of a shadow root. There CodeMirror adopts its style sheets; in the document it would write
 * a `<style>` element, which the content security policy refuses.
 */
export function openEditor(
  root: ShadowRoot,
  { text, label, ...listener }: EditorListener & { readonly text: string; readonly label: string },
): EditorView {
  // Made once: CodeMirror knows what it waits for by the function that it asked.
  const offers = [{ autocomplete: completing(listener) }];

  return new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        basicSetup,
        yaml(),
        editorHighlight,
        editorTheme,
        lintGutter(),
        hovering(listener.known),
        EditorState.languageData.of(() => offers),
        EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
        EditorView.updateListener.of(({ docChanged, selectionSet, state }) => {
          if (docChanged) listener.onText(state.doc.toString());
          if (docChanged || selectionSet) listener.onLine(state.doc.lineAt(state.selection.main.head).number);
        }),
      ],
    }),
  });
}

/** Shows the problems at their places, and no others. */
export function showProblems(view: EditorView, problems: readonly TextProblem[]): void {
  const marks = placedProblems(view.state.doc.toString(), problems).map(
    ({ from, to, severity, message, code }): Diagnostic => ({ from, to, severity, message, source: code }),
  );
  view.dispatch(setDiagnostics(view.state, marks));
}

/** Puts the cursor at the beginning of a line, shows it and goes there. */
export function goToLine(view: EditorView, number: number): void {
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
  view.dispatch({
    selection: { anchor: line.from + indent },
    effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
  });
  view.focus();
}

/** Puts another text in place of all of it; it can be undone. */
export function replaceText(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
