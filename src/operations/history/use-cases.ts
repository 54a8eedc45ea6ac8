import type { historyOperations } from '../../api/operations/run-parts.ts';
import {
  AgentLanes,
  EventDetail,
  EventPage,
  Graph,
  JsonDocument,
  RunContext,
  RunLog,
  Timeline,
} from '../../api/run-parts.ts';
import {
  EventListRequest,
  ReplayRequest,
  RunAt,
  RunContextRequest,
  RunDiffRequest,
  RunDrawn,
  RunEvent,
  RunLogRequest,
  RunNamed,
} from '../../api/run-requests.ts';
import type { RunView, Workflows } from '../../ports/runs/workflows.ts';
import { agentLanes } from '../../projections/agent/agent-lanes.ts';
import { runContext } from '../../projections/run/run-context.ts';
import { runDiff } from '../../projections/run/run-diff.ts';
import { runDocument } from '../../projections/run/run-document.ts';
import { enabledEvents } from '../../projections/task/enabled-events.ts';
import { logLines } from '../../projections/task/log-lines.ts';
import { timelineOf } from '../../projections/task/timeline.ts';
import { bookAndDefinition, graphOfRun, runNamed } from '../runs/graphs.ts';
import { type UseCasesOf, useCase } from '../use-case.ts';
import { foldedOnce } from './folded-once.ts';
import { eventOf, eventsOf } from './run-events.ts';

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

    return { lines: [...logLines(rows, wanted)] };
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
