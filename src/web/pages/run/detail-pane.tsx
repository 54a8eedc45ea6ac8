import { Link } from 'wouter';
import type { RunPage, RunTask } from '../../../api/run.ts';
import type { TimelineBar } from '../../../api/run-parts.ts';
import { Duration } from '../../parts/duration.tsx';
import { DataTree } from '../../parts/json/data-tree.tsx';
import { StatusBadge } from '../../parts/status/status-badge.tsx';
import { AskButton } from './actions/ask-button.tsx';
import { useEventDetail } from './events/event-queries.ts';
import { type RunPageState, useRunPart, useTaskLog } from './run-view.ts';
import { actionKey, useHeld } from './use-held.ts';

const shownMax = 50;

/** The task that was selected: its attempts, what it was given and gave, what went wrong, what can be done. */
export function DetailPane({ view, task }: { readonly view: RunPageState; readonly task: string }) {
  const { page, url, go } = view;
  const timeline = useRunPart(page.run, 'timeline', url).data;
  const bars = timeline?.rows.find(({ id }) => id === task)?.bars ?? [];
  const row = page.tasks.find(({ id }) => id === task);

  return (
    <aside className="detail panel" aria-label={`Task ${task}`}>
      <header>
        <h2 className="mono">{task}</h2>
        {row === undefined ? null : <StatusBadge status={row.status} />}
        <span className="end">
          <button type="button" className="quiet" aria-label="Close" onClick={() => go({ task: undefined })}>
            ✕
          </button>
        </span>
      </header>
      <div className="panel-body">
        {row === undefined ? <p className="soft">Not a task of this run.</p> : null}
        {row === undefined ? null : <TaskFacts row={row} page={page} />}
        {page.failedTask === task && page.error !== undefined ? <TaskError error={page.error} /> : null}
        <TaskActions page={page} task={task} />
        <AttemptList bars={bars} view={view} />
        <BeganWith bars={bars} run={page.run} />
        <Output view={view} task={task} />
        <PrintedLines view={view} task={task} />
      </div>
    </aside>
  );
}

function TaskFacts({ row, page: { definition } }: { readonly row: RunTask; readonly page: RunPage }) {
  const href = `/definitions/${encodeURIComponent(definition.id)}?version=${definition.version}`;

  return (
    <dl className="facts">
      <dt>Type</dt>
      <dd>{row.type}</dd>
      <dt>State</dt>
      <dd>
        {row.state}
        {row.elapsedMs === undefined ? null : (
          <>
            {' for '}
            <Duration ms={row.elapsedMs} />
          </>
        )}
      </dd>
      <dt>Attempt</dt>
      <dd>
        {row.attempt} of {row.attemptsMax}
      </dd>
      {row.worker === undefined ? null : <Fact name="Worker" text={row.worker} />}
      {row.note === '' ? null : <Fact name="Note" text={row.note} />}
      <dt>Defined</dt>
      <dd>
        <Link href={row.line === undefined ? href : `${href}&line=${row.line}`}>
          {definition.id}@{definition.version}
          {row.line === undefined ? '' : `, line ${row.line}`}
        </Link>
      </dd>
    </dl>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

function TaskError({ error }: { readonly error: NonNullable<RunPage['error']> }) {
  return (
    <section className="problem" aria-label="Error">
      <strong>{error.message}</strong>
      <code>{error.code}</code>
      {error.details === undefined || error.details === null ? null : (
        <DataTree value={error.details} label="Evidence" />
      )}
    </section>
  );
}

function TaskActions({ page, task }: { readonly page: RunPage; readonly task: string }) {
  const [all, onOpen] = useHeld(page.isPast ? [] : page.actions.filter((action) => action.task === task));
  if (all.length === 0) return null;

  return (
    <div className="detail-actions">
      {all.map((action) => (
        <AskButton key={actionKey(action)} action={action} page={page} onOpen={onOpen} />
      ))}
    </div>
  );
}

function Output({ view: { page, url }, task }: { readonly view: RunPageState; readonly task: string }) {
  const value = useRunPart(page.run, 'context', url).data?.outputs[task];
  if (value === undefined) return null;

  return (
    <section>
      <h3>Output</h3>
      <DataTree value={value} label={`Output of ${task}`} />
    </section>
  );
}

/** What the attempts at a task wrote on standard output and standard error, the latest last. */
function PrintedLines({ view: { page, url }, task }: { readonly view: RunPageState; readonly task: string }) {
  const lines =
    useTaskLog(page.run, task, url).data?.lines.filter(({ stream }) => stream !== undefined) ?? [];
  if (lines.length === 0) return null;
  const keyed = lines.map((line, index) => ({ ...line, key: `${line.event} ${index}` }));

  return (
    <section>
      <h3>Printed</h3>
      <pre className="printed">
        {keyed.map(({ key, stream, text }) => (
          <span key={key} data-stream={stream}>
            {`${text}\n`}
          </span>
        ))}
      </pre>
    </section>
  );
}

/** Every attempt and wait of a task, the latest first, each with the event that it begins with. */
function AttemptList({
  bars,
  view: { go },
}: {
  readonly bars: readonly TimelineBar[];
  readonly view: RunPageState;
}) {
  if (bars.length === 0) return null;
  const shown = [...bars].reverse().slice(0, shownMax);

  return (
    <section>
      <h3>Attempts and waits</h3>
      <ol className="attempts">
        {shown.map((bar) => (
          <li key={`${bar.kind} ${bar.fromEvent}`}>
            <StatusBadge status={statusOf(bar)} word={wordOf(bar)} />
            <Duration from={bar.from} to={bar.to} />
            <button
              type="button"
              className="quiet attempt-event"
              onClick={() => go({ tab: 'events', event: bar.fromEvent })}
            >
              event {bar.fromEvent}
            </button>
            <p>
              {[bar.worker === undefined ? '' : `by ${bar.worker}`, bar.note ?? '']
                .filter(Boolean)
                .join(': ')}
            </p>
          </li>
        ))}
      </ol>
      {bars.length > shownMax ? <p className="soft">and {bars.length - shownMax} before</p> : null}
    </section>
  );
}

function statusOf({ kind, outcome }: TimelineBar): string {
  if (kind === 'running') return outcome ?? 'IN_PROGRESS';

  return kind;
}

function wordOf({ kind, attempt, outcome }: TimelineBar): string {
  if (kind !== 'running') return kind;

  return `attempt ${attempt} ${outcome?.toLowerCase().replaceAll('_', ' ') ?? 'running'}`;
}

/** What the latest attempt was given, from the event that it began with. */
function BeganWith({ bars, run }: { readonly bars: readonly TimelineBar[]; readonly run: string }) {
  const latest = bars.findLast(({ kind }) => kind !== 'retrying');

  return latest === undefined ? null : <Given run={run} sequence={latest.fromEvent} />;
}

function Given({ run, sequence }: { readonly run: string; readonly sequence: number }) {
  const input = useEventDetail(run, sequence).data?.fact['input'];
  if (input === undefined) return null;

  return (
    <section>
      <h3>Input</h3>
      <DataTree value={input} label="Input of the attempt" />
    </section>
  );
}
