import { type ReactNode, useEffect } from 'react';
import { Link } from 'wouter';
import type { ComparedRun, DifferentValue, RunComparison, WayPoint } from '../../../../api/run-compare.ts';
import { useApi } from '../../../api/client.ts';
import type { PageProps } from '../../../page-props.ts';
import { Panel } from '../../../parts/panel.tsx';
import { Unloaded } from '../../../parts/unloaded.tsx';
import { useUrlState } from '../../../parts/use-url-state.ts';
import { usePageTitle } from '../../../session/page-title.ts';
import '../compare.css';
import { Duration } from '../../../parts/duration.tsx';
import { StatusBadge } from '../../../parts/status/status-badge.tsx';
import { StatusGlyph } from '../../../parts/status/status-glyph.tsx';
import { statusLook } from '../../../parts/status/status-look.ts';
import { TimeText } from '../../../parts/time-text.tsx';
import { CompareTasks, type RunNames } from './compare-tasks.tsx';
import { comparePath, differenceText, pointText, wayText } from './compare-words.ts';

/** Longer ones are folded. */
const SHOWN_MAX = 120;

const lines: readonly Line[] = [
  { name: 'Status', told: ({ shown }) => <StatusBadge shown={shown} /> },
  { name: 'Definition', told: ({ definition }, before) => definitionText(definition, before) },
  {
    name: 'Started',
    told: ({ startedAt, startedBy }) => (
      <>
        <TimeText iso={startedAt} /> by {startedBy}
      </>
    ),
  },
  {
    name: 'Took',
    told: ({ tookMs, endedAt }, before) => (
      <>
        <Duration ms={tookMs} />
        {endedAt === undefined && <span className="soft"> so far</span>}
        {before !== undefined && <span className="soft"> ({differenceText(tookMs - before.tookMs)})</span>}
      </>
    ),
  },
  { name: 'Tasks settled', told: ({ settled, taskCount }) => `${settled} of ${taskCount}` },
  { name: 'Events', told: ({ sequence }) => sequence },
  {
    name: 'Error',
    told: ({ error, failedTask }) =>
      error === undefined ? (
        <span className="soft">none</span>
      ) : (
        <>
          <code>{error.code}</code> {failedTask === undefined ? '' : `in ${failedTask}: `}
          {error.message}
        </>
      ),
  },
];

/** Two runs side by side, at `/runs/:run/compare/:other`. */
export function ComparePage({ params }: PageProps) {
  const { run = '', other = '' } = params;
  const { data, error, refetch } = useApi(['runs', run, 'compare', other]);
  usePageTitle(
    data === undefined ? 'Compare runs' : `Compare ${data.one.shortId} with ${data.other.shortId}`,
  );
  useOthersEvents(data, refetch);

  return (
    <>
      <div className="page-head">
        <h1>Compare two runs</h1>
        <span className="end">
          <Link href={comparePath(other, run)} className="button">
            Swap
          </Link>
        </span>
      </div>
      {data === undefined ? (
        <Unloaded error={error} onRetry={() => void refetch()} />
      ) : (
        <Comparison comparison={data} />
      )}
    </>
  );
}

function Comparison({ comparison }: { readonly comparison: RunComparison }) {
  const { input, inputOmitted, hidden, context, contextOmitted } = comparison;
  const [only, setOnly] = useUrlState('only');
  const names = { one: comparison.one.shortId, other: comparison.other.shortId };
  const secrets = hidden.length === 0 ? '' : ` Secret inputs are not compared: ${hidden.join(', ')}.`;

  return (
    <>
      <Panel title="The runs" isFlush>
        <CompareHead comparison={comparison} />
      </Panel>
      <Panel title="Where their ways part">
        <CompareWay comparison={comparison} />
      </Panel>
      <CompareValues
        title="Different inputs"
        values={input}
        omitted={inputOmitted}
        names={names}
        none={`Both were given the same.${secrets}`}
        note={secrets}
      />
      <CompareTasks
        comparison={comparison}
        names={names}
        onlyDifferent={only === 'different'}
        onOnlyDifferent={(is) => setOnly(is ? 'different' : '')}
      />
      <CompareValues
        title="What differs at the end"
        values={context}
        omitted={contextOmitted}
        names={names}
        none="Variables, outputs of tasks and the outputs of the runs are the same."
        note=""
      />
    </>
  );
}

/** The stream makes stale what is asked by the first run: here is what makes it stale by the other one. */
function useOthersEvents(comparison: RunComparison | undefined, refresh: () => Promise<unknown>): void {
  const { run = '', sequence = 0, endedAt } = comparison?.other ?? {};
  const isOpen = comparison !== undefined && endedAt === undefined;
  const { data } = useApi(['runs', run], undefined, { isEnabled: isOpen });
  const newest = isOpen ? (data?.sequence ?? 0) : 0;
  useEffect(() => {
    if (newest > sequence) void refresh();
  }, [newest, sequence, refresh]);
}

/** What runs these are, line by line. */
function CompareHead({ comparison: { one, other } }: { readonly comparison: RunComparison }) {
  return (
    <table className="compare">
      <thead>
        <tr>
          <th scope="col">
            <span className="sr-only">What</span>
          </th>
          <RunHead run={one} />
          <RunHead run={other} />
        </tr>
      </thead>
      <tbody>
        {lines.map(({ name, told }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{told(one, undefined)}</td>
            <td>{told(other, one)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function RunHead({ run: { run, shortId } }: { readonly run: ComparedRun }) {
  return (
    <th scope="col">
      <Link href={`/runs/${run}`} className="mono">
        {shortId}
      </Link>
    </th>
  );
}

type Line = {
  readonly name: string;
  /** `before` is the run that it is held against. */
  readonly told: (run: ComparedRun, before: ComparedRun | undefined) => ReactNode;
};

function definitionText(
  { id, version, hash }: ComparedRun['definition'],
  before: ComparedRun | undefined,
): ReactNode {
  const isChanged = before !== undefined && before.definition.hash !== hash;

  return (
    <>
      {id}@{version}
      {isChanged && <span className="soft"> another text</span>}
    </>
  );
}

type CompareValuesProps = {
  readonly title: string;
  readonly values: readonly DifferentValue[];
  readonly omitted: number;
  readonly names: RunNames;
  /** What is said where nothing differs. */
  readonly none: string;
  /** Said beside the title where something does. */
  readonly note: string;
};

/** The values that differ, each by its path, with what it is in either run. */
function CompareValues({ title, values, omitted, names, none, note }: CompareValuesProps) {
  return (
    <Panel
      title={title}
      note={note}
      isFlush={values.length > 0}
      empty={values.length === 0 ? none : undefined}
    >
      <table className="compare">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col" className="mono">
              {names.one}
            </th>
            <th scope="col" className="mono">
              {names.other}
            </th>
          </tr>
        </thead>
        <tbody>
          {values.map(({ path, one, other }) => (
            <tr key={path}>
              <th scope="row" className="mono">
                {path}
              </th>
              <td>
                <Value value={one} />
              </td>
              <td>
                <Value value={other} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {omitted > 0 && <p className="compare-more soft">and {omitted} more values</p>}
    </Panel>
  );
}

function Value({ value }: { readonly value: DifferentValue['one'] }) {
  if (value === undefined) return <span className="soft">not there</span>;
  const text = JSON.stringify(value);
  if (text.length <= SHOWN_MAX) return <code>{text}</code>;

  return (
    <details>
      <summary>
        <code>{text.slice(0, SHOWN_MAX)}…</code>
      </summary>
      <pre>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}

/** The first task that went another way, and what took each run there. */
function CompareWay({ comparison }: { readonly comparison: RunComparison }) {
  const { parting, one, other } = comparison;
  if (parting === undefined) return <p>{wayText(comparison)}</p>;

  return (
    <>
      <p>
        Their ways part at the task <code>{parting.task}</code>.
      </p>
      <ul className="compare-way">
        <Side shortId={one.shortId} point={parting.one} />
        <Side shortId={other.shortId} point={parting.other} />
      </ul>
    </>
  );
}

function Side({ shortId, point }: { readonly shortId: string; readonly point: WayPoint | undefined }) {
  return (
    <li>
      <span className="mono">{shortId}</span>
      {point !== undefined && (
        <span className="badge" data-hue={statusLook(point.status).hue}>
          <StatusGlyph glyph={statusLook(point.status).glyph} />
        </span>
      )}
      <span>{pointText(point)}</span>
      {point !== undefined && (
        <Link href={`/runs/${point.run}?tab=events&event=${point.event}`}>event {point.event}</Link>
      )}
    </li>
  );
}
