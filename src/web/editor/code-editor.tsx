import type { EditorView } from 'codemirror';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { TextProblem } from '../../api/problem.ts';
import type { Known } from './offers.ts';
import { goToLine, openEditor, replaceText, showProblems } from './open-editor.ts';

export type CodeEditorProps = {
  /** What it begins with. Later it is the editor that knows the text: it tells, and is not told. */
  readonly text: string;
  /** A text to put in place of all of it: each new object is put in once. */
  readonly replacement: { readonly text: string } | undefined;
  /** The name that a screen reader tells. */
  readonly label: string;
  readonly problems: readonly TextProblem[];
  /** What is offered and told of words. */
  readonly known: Known;
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
