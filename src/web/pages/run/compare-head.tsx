import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { ComparedRun, RunComparison } from '../../../api/run-compare.ts';
import { Duration } from '../../parts/duration.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { TimeText } from '../../parts/time-text.tsx';
import { differenceText } from './compare-words.ts';

/** What runs these are, line by line. */
export function CompareHead({ comparison: { one, other } }: { readonly comparison: RunComparison }) {
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
  { name: 'Tasks settled', told: ({ settled, tasks }) => `${settled} of ${tasks}` },
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
