import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { RunState } from '../../../machines/chart/run/run-state.ts';
import { localId, openTasks } from '../../../machines/chart/task-at.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { evolve } from '../../../machines/run/record/evolve.ts';
import { eventOf } from '../../../machines/run/record/fold.ts';
import { opened } from '../../../machines/run/record/open-sealed.ts';
import { filterCalled } from '../../../machines/run/record/run-filter.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import { timersOf } from '../../../machines/run/timers.ts';
import { isRunId } from '../../../machines/shard.ts';
import { NoSuchEvent } from '../../ports/access/audits.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import type { RunQueries, RunSummary } from '../../ports/runs/run-index.ts';
import type { StationLink } from '../../ports/runs/stations.ts';
import {
  type HistoryEntry,
  type Inspection,
  type ReplayReport,
  RunAmbiguous,
  RunNotFound,
  type RunView,
  type Workflows,
} from '../../ports/runs/workflows.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import { agentOfTask, isOfAgent } from '../agents/agent-route.ts';
import { agentWait, expiredClaimWait } from '../agents/agent-waits.ts';
import { chartForRecord } from '../run-reader/charts.ts';
import type { Checked, RunReader } from '../run-reader/run-reader.ts';
import { executions } from './executions.ts';
import { type Around, waitsFor } from './wait-reasons.ts';

type Questions = Pick<
  Workflows,
  'list' | 'runs' | 'view' | 'inspect' | 'viewOf' | 'history' | 'follow' | 'replay' | 'resolve' | 'executions'
>;
type Asked = {
  /** Who is there, asked only where a run waits for an agent. */
  readonly roster?: (() => Promise<Roster>) | undefined;
  readonly links?: (() => Promise<ReadonlyMap<string, StationLink>>) | undefined;
  /** What sealed values are shown with; absent: they are shown as they are recorded. */
  readonly subjectKeys?: Pick<SubjectKeys, 'named'> | undefined;
};

/** Answers what can be asked about runs. A roster tells what those that wait for agents wait for. */
export function createQueries(reader: RunReader, { roster, links, subjectKeys }: Asked = {}): Questions {
  const { charts } = reader;

  async function resolve(name: string): Promise<string> {
    if (isRunId(name) && (await reader.last(name)) !== undefined) return name;
    const found = await runsCalled(reader.runs, name);
    const [first] = found;
    if (first === undefined && isRunId(name) && (await reader.isKnown(name))) return name;
    if (first === undefined) throw new RunNotFound(name);
    if (found.length > 1 && !name.startsWith('@'))
      throw new RunAmbiguous(
        name,
        found.map(({ run }) => run),
      );

    return first.run;
  }

  async function view(id: string): Promise<RunView> {
    const { run, time } = await reader.fold(id, { stays: true });

    return toView(run, new Date(time).toISOString(), await aroundOf(run));
  }

  async function viewOf(id: string, records: readonly JournalRecord[]): Promise<RunView> {
    const [first] = records;
    if (first === undefined) throw new RunNotFound(id);
    let run = newRun(await charts.byHash(first.data.head.definition.hash));
    for (const record of records) {
      const from = await chartForRecord(run, { record }, charts);
      run = {
        ...evolve(from, eventOf(record)).run,
        sequence: record.sequence,
        hash: record.hash,
        time: record.time,
      };
    }

    return toView(run, records.at(-1)?.time ?? '', await aroundOf(run));
  }

  /** What cannot be had is no reason not to answer. */
  async function aroundOf(run: Run): Promise<Around> {
    return {
      roster: waitsForAgent(run) ? await roster?.().catch(() => undefined) : undefined,
      links: waitsForStation(run) ? await links?.().catch(() => undefined) : undefined,
    };
  }

  return {
    list: () => collected(reader.runs.each({}, 'updated')),
    runs: reader.runs,
    resolve,
    viewOf,
    view,
    inspect: async (id) => {
      try {
        return { run: id, view: await shownView(await view(id), subjectKeys) };
      } catch (error) {
        return inspectDamaged(reader, id, error);
      }
    },
    history: (id) => history(reader, id),
    follow: (run, signal) => follow(reader, run, signal),
    replay: (id, until) => replay(reader, id, until),
    executions: (filter) => executions(reader, filter),
  };
}

/** So many runs at most are found by the beginning of their ids. */
const calledMax = 1_000;

/** The runs that a name means, the latest start first. */
async function runsCalled(runs: RunQueries, name: string): Promise<readonly RunSummary[]> {
  if (name === '') return [];
  const limit = name.startsWith('@') ? 1 : calledMax;

  return runs.page({ filter: filterCalled(name), order: 'started', limit });
}

async function collected<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);

  return all;
}

/**
 * The view for a person, with what is sealed as it is, or with when it was erased. Where its key cannot be read here,
 * it stays sealed.
 */
async function shownView(view: RunView, subjectKeys: Asked['subjectKeys']): Promise<RunView> {
  const { erasureKey } = view.state;
  if (erasureKey === undefined) return view;
  const sealing = await subjectKeys?.named(erasureKey).catch(() => undefined);
  if (sealing === undefined) return view;
  const { key, seal, open, erasedAt } = sealing;
  const inItsPlace = JSON.stringify(`erased${erasedAt === '' ? '' : ` at ${erasedAt}`}`);
  const shown = { key, seal, open: erasedAt === undefined ? open : () => inItsPlace };

  return { ...view, state: opened({ sealing: shown }, view.state as unknown as Json) as unknown as RunState };
}

/** The view of a folded run. */
export function toView(run: Run, updatedAt: string, around: Around = {}): RunView {
  const state = run.state;
  const { definition } = run.chart;
  const { roster } = around;

  return {
    run: state.run,
    state,
    definition,
    sequence: run.sequence,
    updatedAt,
    timers: timersOf(run),
    waitsFor: waitsFor(run, around),
    ...(roster === undefined ? {} : { unattended: unattendedTasks(run, roster) }),
  };
}

/** Of a run that is quarantined, what can still be told: how it was after its last sound event. */
async function inspectDamaged(reader: RunReader, id: string, error: unknown): Promise<Inspection> {
  if (!(error instanceof RunQuarantined)) throw error;
  const { damage } = error;
  const { last } = await reader.soundPart(id);
  if (last === undefined) return { run: id, damage };

  return { run: id, damage, view: { ...toView(last.run, last.stored.record.time), damage } };
}

async function replay(reader: RunReader, id: string, until?: number): Promise<ReplayReport> {
  const last = await reader.last(id);
  try {
    const { run, time } = await reader.fold(id, { until, verified: true });
    if (until !== undefined && run.sequence !== until) throw new NoSuchEvent(until, run.sequence);
    const state = run.state;
    return {
      run: id,
      definition: run.chart.ref,
      events: run.sequence,
      status: state.status,
      stateHash: sha256Hex(canonicalJson(state)),
      differences: [],
      ...(until === undefined ? {} : { view: toView(run, new Date(time).toISOString()) }),
    };
  } catch (error) {
    if (!(error instanceof RunQuarantined)) throw error;
    const { sequence, position, code, message } = error.damage;
    const unknown = { id: 'unknown', version: 1, hash: '' };
    return {
      run: id,
      definition: last?.kind === 'record' ? last.record.data.head.definition : unknown,
      events: last?.kind === 'record' ? last.record.sequence : sequence,
      status: 'DAMAGED',
      stateHash: '',
      differences: [{ sequence, position, code, message }],
    };
  }
}

/** What happened in a run, and what is wrong with its journal. */
async function* history(reader: RunReader, id: string): AsyncIterable<HistoryEntry> {
  for await (const each of reader.checked(id)) {
    const { stored } = each;
    // That the definition is gone says nothing against the records.
    const undefinedAlone = each.kind === 'damaged' && each.damage.code === 'definition.missing';
    if (undefinedAlone && stored.kind === 'record')
      yield { position: stored.position, record: stored.record };
    else yield entryOf(each);
  }
}

/** The same, and then every message as it lands, until the signal aborts. */
async function* follow(reader: RunReader, run: string, signal: AbortSignal): AsyncIterable<HistoryEntry> {
  for await (const each of reader.follow(run, signal)) yield entryOf(each);
}

function entryOf(each: Checked): HistoryEntry {
  const { position } = each.stored;
  if (each.kind === 'sound') return { position, record: each.stored.record };
  const { damage } = each;
  const problem =
    damage.position === position
      ? damage.message
      : `it stands behind event ${damage.sequence}, which is damaged`;

  return { position, problem, damage };
}

/** The tasks that wait for an agent while nobody is there who could begin them, or begin them again, by address. */
function unattendedTasks({ chart, state: { tasks } }: Run, roster: Roster): readonly string[] {
  // The items of a FORK ask the same: a thousand of them have one answer.
  const known = new Map<string, boolean>();

  return [...openTasks(tasks)].flatMap(([address, state]) => {
    const task = chart.plan.get(localId(address))?.task;
    if (task === undefined || !isOfAgent(task)) return [];
    if (state.state !== 'scheduled' && state.state !== 'in_progress') return [];
    const holder = state.state === 'in_progress' ? state.worker : undefined;
    const key = JSON.stringify([task.id, agentOfTask(task, state), state.names, state.state, holder]);
    const wait = state.state === 'scheduled' ? agentWait : expiredClaimWait;
    const isUnattended = known.get(key) ?? wait(task, state, roster)?.unattended === true;
    known.set(key, isUnattended);

    return isUnattended ? [address] : [];
  });
}

/** Whether who is there makes a difference to what is told of the run. */
function waitsForAgent({ chart, state }: Run): boolean {
  if (isFinal(state.status)) return false;
  for (const [address, task] of openTasks(state.tasks)) {
    const { state: at } = task;
    const place = chart.plan.get(localId(address));
    if ((at === 'scheduled' || at === 'in_progress') && place !== undefined && isOfAgent(place.task))
      return true;
  }

  return false;
}

/** Whether it makes a difference how other stations are reached. */
function waitsForStation({ chart, state }: Run): boolean {
  if (isFinal(state.status)) return false;
  if (state.orphans?.some(({ station }) => station !== undefined) === true) return true;
  for (const [address] of openTasks(state.tasks)) {
    const task = chart.plan.get(localId(address))?.task;
    if (task?.type === 'SUB_WORKFLOW' && task.station !== undefined) return true;
  }

  return false;
}
