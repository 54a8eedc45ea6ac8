import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { basicSetup, EditorView } from 'codemirror';
import type { TextProblem } from '../../api/problem.ts';
import { placedProblems } from './diagnostics.ts';
import { editorHighlight, editorTheme } from './editor-theme.ts';
import { offeredAt } from './schema-keys.ts';
import { yamlPlaceAt } from './yaml-place.ts';

/** The JSON schema of the language, once it is known. */
export type LanguageSchema = Readonly<Record<string, unknown>>;

/** What an open editor tells. Lines count from 1. */
export type EditorListener = {
  readonly onText: (text: string) => void;
  readonly onLine: (line: number) => void;
  /** Asked for each completion, so that a schema that comes late is used. */
  readonly schema: () => LanguageSchema | undefined;
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
  const offers = [{ autocomplete: completing(listener.schema) }];

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

function completing(schema: EditorListener['schema']) {
  return (context: CompletionContext): CompletionResult | null => {
    const root = schema();
    const word = context.matchBefore(/[\w-]*/);
    if (root === undefined || word === null || (word.from === word.to && !context.explicit)) return null;
    const place = yamlPlaceAt(context.state.doc.toString(), context.pos);
    const ending = place.key === undefined ? ': ' : '';

    return {
      from: word.from,
      options: offeredAt(root, place).map(({ label, detail, isRequired }) => ({
        label,
        apply: `${label}${ending}`,
        ...(detail === '' ? {} : { info: detail }),
        ...(isRequired ? { detail: 'required', boost: 1 } : {}),
      })),
    };
  };
}
