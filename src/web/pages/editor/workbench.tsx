import { useCallback, useMemo, useState } from 'react';
import type { CheckReport } from '../../../api/definitions.ts';
import type { TextProblem } from '../../../api/problem.ts';
import { CodeEditor } from '../../editor/code-editor.tsx';
import { lineOfNode, nodeAtLine } from '../../editor/node-lines.ts';
import { useSchema } from '../../editor/use-schema.ts';
import { useWords } from '../../editor/use-words.ts';
import { DraftNote } from './draft-note.tsx';
import { EditorFooter } from './editor-footer.tsx';
import { Preview } from './preview.tsx';
import { useCheck } from './use-check.ts';
import { useDraft } from './use-draft.ts';
import type { Source } from './use-source.ts';

const none: readonly TextProblem[] = [];

/** The text on one side, what it means on the other. The text is the only truth: the graph never writes into it. */
export function Workbench({ source }: { readonly source: Source }) {
  const draft = useDraft(source);
  const check = useCheck(draft.text, source.file);
  const known = useKnown(check.report);
  const places = usePlaces(check.report);

  return (
    <>
      <DraftNote draft={draft} error={check.error} />
      <div className="workbench">
        <CodeEditor
          text={draft.text}
          replacement={draft.replacement}
          label={`${source.file} as YAML`}
          problems={check.report?.problems ?? none}
          known={known}
          goTo={places.goTo}
          onText={draft.setText}
          onLine={places.setLine}
        />
        <Preview
          text={draft.text}
          source={source}
          check={check}
          {...places.shown}
          onNode={places.toNode}
          onLine={places.toLine}
        />
      </div>
      <EditorFooter
        source={source}
        text={draft.text}
        check={check}
        onSaved={draft.discardKept}
        setText={draft.replace}
      />
    </>
  );
}

/** What the editor offers and tells: it may come late, and the editor is there before. */
function useKnown(report: CheckReport | undefined) {
  const schema = useSchema();
  const words = useWords(report);

  return useMemo(() => ({ schema, words }), [schema, words]);
}

/** Where the cursor is, where it is to go, and which task stands there. */
function usePlaces(report: CheckReport | undefined) {
  const [line, setLine] = useState(1);
  const [goTo, setGoTo] = useState<{ readonly line: number }>();
  const graph = useLastGraph(report);
  const toLine = useCallback((number: number) => setGoTo({ line: number }), []);
  const toNode = useCallback(
    (id: string) => {
      const found = graph === undefined ? undefined : lineOfNode(graph, id);
      if (found !== undefined) toLine(found);
    },
    [graph, toLine],
  );

  const selected = graph === undefined ? undefined : nodeAtLine(graph, line);

  return { shown: { line, graph, selected }, setLine, goTo, toLine, toNode };
}

/** While a text is half written there is no graph of it: that of a moment ago is better than none. */
function useLastGraph(report: CheckReport | undefined): CheckReport['graph'] {
  const [last, setLast] = useState(report?.graph);
  if (report?.graph !== undefined && report.graph !== last) setLast(report.graph);

  return report?.graph ?? last;
}
