import { yaml } from '@codemirror/lang-yaml';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { tags } from '@lezer/highlight';
import { basicSetup, EditorView } from 'codemirror';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { TextProblem } from '../../api/problem.ts';
import { placedProblems } from './diagnostics.ts';
import { completing, type EditorKnowledge, hovering, type KnownLater } from './offers.ts';

/** The colours are the custom properties of the page: they reach into the shadow root, and follow the theme. */
const editorTheme = EditorView.theme({
  '&': { height: '100%', color: 'var(--text)', backgroundColor: 'var(--raised)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': {
    color: 'var(--text-soft)',
    backgroundColor: 'var(--sunken)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 9%, transparent)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--status-waiting) 22%, transparent)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--selected)',
    outline: '1px solid var(--accent)',
  },
  '.cm-foldPlaceholder': { color: 'var(--text-soft)', backgroundColor: 'var(--selected)', border: 'none' },
  // Pictures from data: URLs are refused by the content security policy: lines and glyphs are drawn by text.
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '0', textUnderlineOffset: '3px' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--status-failed)' },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--status-waiting)',
  },
  '.cm-lint-marker': { width: 'auto', height: 'auto', lineHeight: '1.5', fontWeight: '700' },
  '.cm-lint-marker-error': { content: 'normal', color: 'var(--status-failed)' },
  '.cm-lint-marker-error:before': { content: '"✗"' },
  '.cm-lint-marker-warning': { content: 'normal', color: 'var(--status-waiting)' },
  '.cm-lint-marker-warning:before': { content: '"!"' },
  '.cm-tooltip': {
    maxWidth: '480px',
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--line-strong)',
  },
  '.cm-word-docs': { padding: '6px 10px', maxWidth: '46ch' },
  '.cm-word-docs p': { margin: '2px 0 0' },
  '.cm-tooltip .cm-completionInfo': { maxWidth: '320px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--text)',
    backgroundColor: 'var(--selected)',
  },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--panel)', borderColor: 'var(--line)' },
});

/** The kinds of text in YAML. Comments and punctuation step back; keys stand out. */
const editorHighlight = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
    { tag: [tags.string, tags.special(tags.string)], color: 'var(--status-succeeded)' },
    { tag: [tags.comment, tags.meta], color: 'var(--text-soft)', fontStyle: 'italic' },
    { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--text-soft)' },
    { tag: [tags.keyword, tags.labelName, tags.typeName], color: 'var(--status-cancelled)' },
  ]),
);

export type CodeEditorProps = {
  /** What it begins with. Later it is the editor that knows the text: it tells, and is not told. */
  readonly text: string;
  /** A text to put in place of all of it: each new object is put in once. */
  readonly replacement: { readonly text: string } | undefined;
  /** The name that a screen reader tells. */
  readonly label: string;
  readonly problems: readonly TextProblem[];
  /** What is offered and told of words. */
  readonly known: EditorKnowledge;
  /** A line to go to, from 1: each new object is gone to once. */
  readonly goTo: { readonly line: number } | undefined;
  readonly onText: (text: string) => void;
  readonly onLine: (line: number) => void;
};

/** A definition as YAML, to be written. */
export function CodeEditor(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useEditor(host, props);
  const { replacement, problems, goTo } = props;

  useEffect(() => {
    if (view.current !== undefined && replacement !== undefined) replaceText(view.current, replacement.text);
  }, [replacement, view]);
  useEffect(() => {
    if (view.current !== undefined) showProblems(view.current, problems);
  }, [problems, view]);
  useEffect(() => {
    if (view.current !== undefined && goTo !== undefined) goToLine(view.current, goTo.line);
  }, [goTo, view]);

  return <div className="code-editor" ref={host} data-testid="code-editor" />;
}

/** The editor is opened once; what it tells goes to the functions of the latest render. */
function useEditor(host: RefObject<HTMLDivElement | null>, props: CodeEditorProps) {
  const view = useRef<EditorView>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const whenSchema = useWhenThere(props.known.schema);

  useEffect(() => {
    if (host.current === null) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' });
    const opened = openEditor(root, {
      text: latest.current.text,
      label: latest.current.label,
      onText: (text) => latest.current.onText(text),
      onLine: (line) => latest.current.onLine(line),
      known: () => latest.current.known,
      whenSchema,
    });
    view.current = opened;

    return () => {
      view.current = undefined;
      opened.destroy();
    };
  }, [host, whenSchema]);

  return view;
}

/** Resolves once the value is there. */
function useWhenThere(value: unknown): () => Promise<void> {
  const waiting = useRef<(() => void)[]>([]);
  useEffect(() => {
    if (value === undefined) return;
    for (const resolve of waiting.current.splice(0)) resolve();
  }, [value]);

  return useCallback(() => new Promise<void>((resolve) => void waiting.current.push(resolve)), []);
}

/** What an open editor tells. Lines count from 1. */
type EditorListener = KnownLater & {
  readonly onText: (text: string) => void;
  readonly onLine: (line: number) => void;
};

/**
 * Opens a YAML editor inside of a shadow root. There CodeMirror adopts its style sheets; in the document it would write
 * a `<style>` element, which the content security policy refuses.
 */
function openEditor(
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
function showProblems(view: EditorView, problems: readonly TextProblem[]): void {
  const marks = placedProblems(view.state.doc.toString(), problems).map(
    ({ from, to, severity, message, code }): Diagnostic => ({ from, to, severity, message, source: code }),
  );
  view.dispatch(setDiagnostics(view.state, marks));
}

/** Puts the cursor at the beginning of a line, shows it and goes there. */
function goToLine(view: EditorView, number: number): void {
  const line = view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  const indent = /^\s*/.exec(line.text)?.[0].length ?? 0;
  view.dispatch({
    selection: { anchor: line.from + indent },
    effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
  });
  view.focus();
}

/** Puts another text in place of all of it; it can be undone. */
function replaceText(view: EditorView, text: string): void {
  if (view.state.doc.toString() === text) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
