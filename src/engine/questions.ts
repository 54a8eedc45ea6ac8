import { canonicalJson } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { sha256Hex } from '../../machines/hash.ts';
import { evolve } from '../../machines/run/evolve.ts';
import { eventOf, JournalDamaged } from '../../machines/run/fold.ts';
import { newRun, type Run } from '../../machines/run/run.ts';
import { timersOf } from '../../machines/run/timers.ts';
import { isRunId } from '../../machines/shard.ts';
import type { Journal, Stored } from '../ports/journal.ts';
import {
  type HistoryEntry,
  type ReplayReport,
  RunAmbiguous,
  RunNotFound,
  type RunSummary,
  type RunView,
  type Workflows,
} from '../ports/workflows.ts';
import type { Charts } from './charts.ts';
import { loadRun, replayRun } from './load-run.ts';
import { waitsFor } from './waits.ts';

type Questions = Pick<Workflows, 'list' | 'view' | 'viewOf' | 'history' | 'follow' | 'replay' | 'resolve'>;

/** Answers what can be asked about runs, from the journal alone. */
export function createQuestions(journal: Journal, charts: Charts): Questions {
  async function list(): Promise<readonly RunSummary[]> {
    const runs: RunSummary[] = [];
    for await (const last of journal.lastOfEach()) {
      const summary = last.kind === 'record' ? summaryOf(last.record) : await damagedSummary(journal, last);
      if (summary !== undefined) runs.push(summary);
    }

    return runs.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.run.localeCompare(a.run));
  }

  async function resolve(name: string): Promise<string> {
    if (isRunId(name) && (await journal.last(name)) !== undefined) return name;
    const runs = await list();
    const latest = [...runs].sort((a, b) => b.head.startedAt.localeCompare(a.head.startedAt));
    const found = latest.filter(({ run, head }) => {
      // Who asks for the last run means one that somebody started, not a part of it.
      if (name === '@last') return head.parent === undefined;
      return name === '@failed'
        ? head.status === 'FAILED' || head.status === 'TIMED_OUT'
        : run.startsWith(name);
    });
    const [first] = found;
    if (first === undefined || name === '') throw new RunNotFound(name);
    if (found.length > 1 && !name.startsWith('@'))
      throw new RunAmbiguous(
        name,
        found.map(({ run }) => run),
      );

    return first.run;
  }

  async function viewOf(id: string, records: readonly JournalRecord[]): Promise<RunView> {
    const [first] = records;
    if (first === undefined) throw new RunNotFound(id);
    let run = newRun(await charts.byHash(first.data.head.definition.hash));
    for (const record of records) {
      run = { ...evolve(run, eventOf(record)).run, sequence: record.sequence, hash: record.hash };
    }

    return toView(run, records.at(-1)?.time ?? '');
  }

  return {
    list,
    resolve,
    viewOf,
    view: async (id) => {
      const { run, time } = await loadRun(journal, charts, id);
      return toView(run, new Date(time).toISOString());
    },
    history: (id) => entries(journal.read(id)),
    follow: (id, signal) => entries(journal.watch({ run: id, after: 0, signal })),
    replay: (id) => replay(journal, charts, id),
  };
}

/** The view of a folded run. */
export function toView(run: Run, updatedAt: string): RunView {
  const state = run.state;
  const { definition } = run.chart;

  return {
    run: state.run,
    state,
    definition,
    sequence: run.sequence,
    updatedAt,
    timers: timersOf(run),
    waitsFor: waitsFor(run),
  };
}

async function* entries(messages: AsyncIterable<Stored>): AsyncIterable<HistoryEntry> {
  for await (const message of messages) {
    const { position } = message;
    yield message.kind === 'record'
      ? { position, record: message.record }
      : { position, problem: message.reason };
  }
}

async function replay(journal: Journal, charts: Charts, id: string): Promise<ReplayReport> {
  const last = await journal.last(id);
  if (last === undefined) throw new RunNotFound(id);
  try {
    const { run } = await replayRun(journal, charts, id);
    const state = run.state;
    return {
      run: id,
      definition: run.chart.ref,
      events: run.sequence,
      status: state.status,
      stateHash: sha256Hex(canonicalJson(state)),
      differences: [],
    };
  } catch (error) {
    if (!(error instanceof JournalDamaged)) throw error;
    const { sequence, code, message } = error;
    const unknown = { id: 'unknown', version: 1, hash: '' };
    const definition = last.kind === 'record' ? last.record.data.head.definition : unknown;
    return {
      run: id,
      definition,
      events: last.kind === 'record' ? last.record.sequence : sequence,
      status: 'DAMAGED',
      stateHash: '',
      differences: [{ sequence, code, message }],
    };
  }
}

function summaryOf(record: JournalRecord): RunSummary {
  const { id, data, sequence, time } = record;

  return { run: id.slice(0, id.lastIndexOf('/')), head: data.head, sequence, updatedAt: time };
}

/** A run with a stranger at its end is listed by its last own record, and with what is wrong. */
async function damagedSummary(
  journal: Journal,
  { run, reason }: Extract<Stored, { kind: 'foreign' }>,
): Promise<RunSummary | undefined> {
  // A subject that no run can have is a stranger's altogether.
  if (!isRunId(run)) return undefined;
  let summary: RunSummary | undefined;
  for await (const stored of journal.read(run)) {
    if (stored.kind === 'record') summary = { ...summaryOf(stored.record), problem: reason };
  }

  return summary;
}
