import type { Definition } from '../../../machines/definition.ts';
import type { historyOperations } from '../../api/operations/run-parts.ts';
import {
  AgentLanes,
  EventDetail,
  type EventDocument,
  EventDocuments,
  EventPage,
  Graph,
  JsonDocument,
  RunContext,
  RunLog,
  Timeline,
} from '../../api/run-parts.ts';
import {
  EventListRequest,
  HistoryRead,
  ReplayRequest,
  RunAt,
  RunContextRequest,
  RunDiffRequest,
  RunDrawn,
  RunEvent,
  RunLogRequest,
  RunNamed,
} from '../../api/run-requests.ts';
import type { Stored } from '../../ports/runs/journal.ts';
import type { RunView, Workflows } from '../../ports/runs/workflows.ts';
import { agentLanes } from '../../projections/agent/agent-lanes.ts';
import { type BookRow, bookRow } from '../../projections/insights/book-row.ts';
import { runContext } from '../../projections/run/run-context.ts';
import { runDiff } from '../../projections/run/run-diff.ts';
import { runDocument } from '../../projections/run/run-document.ts';
import { enabledEvents } from '../../projections/task/enabled-events.ts';
import { eventDocument, unknownContent } from '../../projections/task/event-line.ts';
import { type EventFilter, eventPage } from '../../projections/task/event-page.ts';
import { logLines, withPrinted } from '../../projections/task/log-lines.ts';
import { timelineOf } from '../../projections/task/timeline.ts';
import { bookAndDefinition, graphOfRun, runNamed } from '../runs/graphs.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

const timelineNow = foldedOnce(({ rows, ...of }) => timelineOf(rows, of));
const lanesNow = foldedOnce(({ rows, ...of }) => agentLanes(rows, of));

export const historyUseCases = {
  events: useCase(EventListRequest, EventPage, async (ports, { run, types, order, ...filter }) =>
    eventsOf(ports, await runNamed(ports, run), {
      ...filter,
      types: types?.split(','),
      // After an event, the next ones are meant; otherwise the newest.
      order: order ?? (filter.after === undefined ? 'desc' : 'asc'),
    }),
  ),
  event: useCase(RunEvent, EventDetail, async (ports, { run, sequence }) =>
    eventOf(ports, await runNamed(ports, run), sequence),
  ),
  read: useCase(HistoryRead, EventDocuments, async (ports, { run, ...wanted }) =>
    documentsOf(ports, await runNamed(ports, run), wanted),
  ),
  timeline: useCase(RunAt, Timeline, async (ports, { run, at }) => {
    const { rows, definition } = await bookAndDefinition(ports, run);

    return timelineNow({ rows, definition, at });
  }),
  graph: useCase(RunDrawn, Graph, (ports, { run, ...drawn }) => graphOfRun(ports, run, drawn)),
  context: useCase(RunContextRequest, RunContext, async (ports, { run, at, changes }) =>
    runContextAt(ports.workflows, await runNamed(ports, run), { at, isCompared: changes !== 'no' }),
  ),
  agents: useCase(RunAt, AgentLanes, async (ports, { run, at }) => {
    const { rows, definition } = await bookAndDefinition(ports, run);

    return { lanes: [...lanesNow({ rows, definition, at })] };
  }),
  logs: useCase(RunLogRequest, RunLog, async (ports, { run, ...wanted }) => {
    const { rows } = await bookAndDefinition(ports, run);
    const whole = await withPrinted(rows, wanted, ports.workflows.blob);

    return { lines: [...logLines(whole, wanted)] };
  }),
  next: useCase(RunNamed, JsonDocument, async ({ workflows }, named) => {
    const view = await workflows.view(await workflows.resolve(named.run));
    const { run, sequence, state } = view;

    return plain({ run, sequence, status: state.status, ...enabledEvents(view) });
  }),
  diff: useCase(RunDiffRequest, JsonDocument, async ({ workflows }, { run: name, from, to }) => {
    const run = await workflows.resolve(name);
    const [before, after] = [await workflows.viewAt(run, from), await workflows.viewAt(run, to)];

    return plain({ run, from, to, ...runDiff(before, after) });
  }),
  replay: useCase(ReplayRequest, JsonDocument, async ({ workflows }, { run, until }) => {
    const { view, ...report } = await workflows.replay(await workflows.resolve(run), until);

    if (view === undefined) return plain(report);

    return plain({ ...report, state: runDocument(view, { nowMs: Date.parse(view.updatedAt) }) });
  }),
} satisfies UseCasesOf<typeof historyOperations>;

/** Plain JSON: undefined members are dropped. */
function plain(value: object): JsonDocument {
  return JSON.parse(JSON.stringify(value));
}

type Views = Pick<Workflows, 'inspect' | 'viewAt'>;

const keptMax = 40;
const kept = new WeakMap<Views, Map<string, Promise<RunView>>>();

type Asked = {
  /** The state after this event; absent: the current state. */
  readonly at?: number | undefined;
  /** Whether to compare with the state before the event, which takes a while for a long run. */
  readonly isCompared: boolean;
};

/** The context of a run after an event, and what that event changed. Rejects as `viewAt` does. */
async function runContextAt(workflows: Views, run: string, { at, isCompared }: Asked): Promise<RunContext> {
  const view = await viewOf(workflows, run, at);
  const hasBefore = isCompared && view.sequence > 1;
  const before = hasBefore ? await viewAt(workflows, run, view.sequence - 1) : undefined;

  return runContext(view, before);
}

async function viewOf(workflows: Views, run: string, at: number | undefined): Promise<RunView> {
  if (at !== undefined) return viewAt(workflows, run, at);
  const { view, damage } = await workflows.inspect(run);
  // For a damaged run this rejects with the reason.
  if (view === undefined) return viewAt(workflows, run, Math.max(1, (damage?.sequence ?? 2) - 1));

  return keep(workflows, `${run}/${view.sequence}`, Promise.resolve(view));
}

/** Past states never change: each is folded once and cached. */
function viewAt(workflows: Views, run: string, at: number): Promise<RunView> {
  const key = `${run}/${at}`;

  return keep(workflows, key, kept.get(workflows)?.get(key) ?? workflows.viewAt(run, at));
}

function keep(workflows: Views, key: string, view: Promise<RunView>): Promise<RunView> {
  const views = kept.get(workflows) ?? new Map<string, Promise<RunView>>();
  kept.set(workflows, views);
  views.delete(key);
  views.set(key, view);
  view.catch(() => views.delete(key));
  const [oldest] = views.keys();
  if (views.size > keptMax && oldest !== undefined) views.delete(oldest);

  return view;
}

/** Which rows of a run are folded, and by which definition. */
type Folded = {
  /** Absent: all rows. */
  readonly at?: number | undefined;
  readonly rows: readonly BookRow[];
  readonly definition: Definition | undefined;
};
type Kept<Told> = {
  readonly length: number;
  readonly definition: Definition | undefined;
  readonly told: Told;
};

/** Caches the fold of a run's present state: everybody who watches the run asks for it after each event. */
export function foldedOnce<Told>(fold: (folded: Folded) => Told): (folded: Folded) => Told {
  const latest = new WeakMap<readonly BookRow[], Kept<Told>>();

  return (folded) => {
    const { rows, definition, at } = folded;
    // Past states are not cached: few ask for the same one.
    if (at !== undefined) return fold(folded);
    const { length } = rows;
    const known = latest.get(rows);
    if (known?.length === length && known.definition === definition) return known.told;
    const told = fold(folded);
    latest.set(rows, { length, definition, told });

    return told;
  };
}

/** How far back from the journal's end rows are first searched, as a multiple of the wanted rows. */
const spread = 2;
const widerBy = 16;
const looksMax = 3;

type Deps = Pick<OperationPorts, 'board' | 'rows'>;

/** Pages within this many events of the end are read from there while the book is still loading. */
const nearEnd = 1_000;

/** The matching events of a run. Until the book of a long run is loaded, `types` covers its newest events only. */
async function eventsOf(deps: Deps, run: string, filter: EventFilter): Promise<EventPage> {
  const atHand = deps.rows.atHand(run);
  if (atHand !== undefined) return eventPage(atHand.rows, filter);
  // Before the book, not beside it: loading the whole book would delay the page.
  const early = await earlyPage(deps, run, filter);
  const opening = deps.rows.open(run);
  if (early === undefined) return eventPage((await opening).rows, filter);
  // The next request waits for the book, and gets its error.
  opening.catch(() => undefined);

  return early;
}

async function earlyPage(deps: Deps, run: string, filter: EventFilter): Promise<EventPage | undefined> {
  const total = deps.board.line(run)?.sequence ?? 0;
  const { types, task, q, order, limit, after = 0, before = total + 1 } = filter;
  const from = Math.max(1, after + 1, order === 'desc' ? before - limit : 1);
  const isFiltered = types !== undefined || task !== undefined || q !== undefined;
  if (isFiltered || total <= nearEnd || total - from >= nearEnd) return undefined;
  const rows = await newestRows(deps, run, from);
  if (rows === undefined) return undefined;
  const last = rows.at(-1)?.line.sequence ?? total;

  return { ...eventPage(rows, filter), matching: last, total: last };
}

/** The events behind one of them, each with what it says. */
async function documentsOf(
  { rows: known }: Deps,
  run: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<EventDocuments> {
  const { rows } = await known.open(run);
  const lines = rows.slice(after, after + limit).map(({ line }) => line);
  const [first] = lines;
  if (first === undefined) return { events: [], last: rows.length };
  const events: EventDocument[] = [];
  for await (const stored of known.entries(run, { after: first.position - 1 })) {
    const line = lines[events.length];
    if (line === undefined) break;
    const said = stored.kind === 'foreign' ? unknownContent : eventDocument(stored.record, stored.position);
    events.push({ ...said, ...line });
  }

  return { events, last: rows.length };
}

/** One event in full. Rejects with RequestRefused if the run has no such event. */
async function eventOf({ rows: known }: Deps, run: string, sequence: number): Promise<EventDetail> {
  const { rows } = await known.open(run);
  const row = rows[sequence - 1];
  const stored =
    row === undefined ? undefined : await firstOf(known.entries(run, { after: row.line.position - 1 }));
  if (row === undefined || stored === undefined) {
    const message = `run ${run} has no event ${sequence}: its last one is ${rows.length}`;
    throw new RequestRefused({ code: 'run.no-event', message });
  }
  if (stored.kind === 'foreign') return { ...unknownContent, ...row.line, record: stored.body };

  return { ...eventDocument(stored.record, stored.position), ...row.line, record: JSON.parse(stored.body) };
}

async function firstOf(messages: AsyncIterable<Stored>): Promise<Stored | undefined> {
  for await (const stored of messages) return stored;

  return undefined;
}

/**
 * The last rows of a run from event `from` on, read from the end of the journal: shown while the book of a long run
 * is loading. Undefined if they are too far back or damaged.
 */
async function newestRows(deps: Deps, run: string, from: number): Promise<readonly BookRow[] | undefined> {
  const line = deps.board.line(run);
  if (line === undefined || line.damage !== undefined) return undefined;
  let back = Math.max(0, line.sequence - from + 1) * spread;
  for (let looks = 0; looks < looksMax; looks++) {
    const rows = await rowsBehind(deps, run, line.position - back);
    const first = rows?.[0]?.line.sequence;
    if (first === undefined) return undefined;
    if (first <= from) return rows;
    back *= widerBy;
  }

  return undefined;
}

async function rowsBehind(deps: Deps, run: string, after: number): Promise<readonly BookRow[] | undefined> {
  const rows: BookRow[] = [];
  for await (const stored of deps.rows.entries(run, { after: Math.max(0, after) })) {
    const expected = (rows.at(-1)?.line.sequence ?? 0) + 1;
    if (stored.kind !== 'record') return undefined;
    if (rows.length > 0 && stored.record.sequence !== expected) return undefined;
    rows.push(bookRow(stored.record, stored.position));
  }

  return rows;
}
