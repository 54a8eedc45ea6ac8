import { memo, useMemo, useState } from 'react';
import type { TextProblem } from '../../../api/problem.ts';
import type { Graph } from '../../../api/run-parts.ts';
import { DiffView } from '../../editor/diff-view.tsx';
import { lineDiff } from '../../editor/line-diff.ts';
import { GraphView } from '../../graph/graph-view.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { TestPanel } from './test-panel.tsx';
import type { Check, Source } from './use-source.ts';

export type PreviewProps = {
  readonly text: string;
  readonly source: Source;
  readonly check: Check;
  /** The line of the cursor, from 1. */
  readonly line: number;
  readonly graph: Graph | undefined;
  readonly selected: string | undefined;
  readonly onNode: (id: string) => void;
  readonly onLine: (line: number) => void;
};

/** What the text means: its graph, what is wrong with it, a test of it, and how it differs. */
export function Preview(props: PreviewProps) {
  const [tab, setTab] = useState('graph');
  const count = props.check.report?.problems.length ?? 0;
  const tabs = [
    { id: 'graph', label: 'Graph' },
    { id: 'problems', label: `Problems (${count})` },
    { id: 'test', label: 'Test' },
    ...(props.source.before === undefined ? [] : [{ id: 'diff', label: 'Changes' }]),
  ];

  return (
    <section className="preview" aria-label="What it means">
      <Tabs tabs={tabs} selected={tab} onSelect={setTab} label="What it means">
        <div className="preview-body">
          <PreviewTab {...props} tab={tab} />
        </div>
      </Tabs>
    </section>
  );
}

function PreviewTab({ tab, ...props }: PreviewProps & { readonly tab: string }) {
  switch (tab) {
    case 'problems':
      return (
        <ProblemList problems={props.check.report?.problems ?? []} line={props.line} onLine={props.onLine} />
      );
    case 'test':
      return <TestPanel text={props.text} file={props.source.file} onTransition={props.onNode} />;
    case 'diff':
      return <Changes text={props.text} source={props.source} />;
    default:
      return <GraphTab {...graphTabProps(props)} />;
  }
}

type GraphTabProps = Pick<PreviewProps, 'graph' | 'selected' | 'onNode'> & {
  readonly error: unknown;
  /** Why the graph is not that of the text as it stands now. */
  readonly oldNote: string | undefined;
  readonly isBehind: boolean;
};

function graphTabProps({ check, graph, selected, onNode }: Omit<PreviewProps, 'text'>): GraphTabProps {
  // With a graph to show, that a check is under way changes nothing.
  const isBehind = graph === undefined && check.isBehind;

  return { error: check.error, isBehind, graph, selected, onNode, oldNote: oldNote(check) };
}

/** A text that is half written has no graph: that of a moment ago is shown in its place, and says so. */
function oldNote({ report }: Check): string | undefined {
  if (report === undefined || report.graph !== undefined) return undefined;

  return report.definition === undefined
    ? 'Graph of the last text without errors'
    : 'Graph of an earlier text: that of this one was not drawn in time';
}

/** Kept as it is while a person types: to draw a graph takes longer than a key press may. */
const GraphTab = memo(function GraphTab(props: GraphTabProps) {
  const { error, isBehind, oldNote: note, graph, selected, onNode } = props;
  if (error !== null && error !== undefined) return <ProblemNote error={error} />;
  if (graph === undefined) {
    return <p className="empty">{isBehind ? 'Checking ...' : 'There is no graph of this text yet.'}</p>;
  }

  return (
    <>
      {note !== undefined && <output className="graph-note">{note}</output>}
      <GraphView
        graph={graph}
        selected={selected}
        onSelect={onNode}
        label="Graph of the definition"
        direction="right"
      />
    </>
  );
});

function Changes({ text, source: { before } }: Pick<PreviewProps, 'text' | 'source'>) {
  const lines = useMemo(() => lineDiff(before?.text ?? '', text), [before, text]);

  return (
    <>
      <p className="soft">Against version {before?.version}</p>
      <DiffView lines={lines} label={`Changes against version ${before?.version}`} />
    </>
  );
}

type ProblemListProps = {
  readonly problems: readonly TextProblem[];
  /** Where the cursor stands: the problems of that line stand out. */
  readonly line: number;
  readonly onLine: (line: number) => void;
};

/** The problems of a text, each with a link to its line. */
function ProblemList({ problems, line, onLine }: ProblemListProps) {
  if (problems.length === 0) return <p className="empty">Nothing to fix.</p>;

  return (
    <ul className="problem-list" aria-label="Problems">
      {problems.map((problem) => (
        <li key={`${problem.line} ${problem.column} ${problem.code} ${problem.path}`}>
          <button
            type="button"
            className="problem-row"
            data-severity={problem.severity}
            aria-current={problem.line === line}
            onClick={() => onLine(problem.line ?? 1)}
          >
            <span className="problem-place mono">
              {problem.line ?? '-'}:{problem.column ?? '-'}
            </span>
            <span>
              <strong>{problem.severity}</strong> {problem.message}
              <span className="soft mono problem-code">
                {problem.path} · {problem.code}
              </span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
