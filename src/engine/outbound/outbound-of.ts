import type { Json } from '../../../events/canonical-json.ts';
import type { CloudEvent } from '../../../events/cloud-event.ts';
import type { Transition } from '../../../events/record.ts';
import { isSigned } from '../../../machines/run/record/create-record.ts';
import { evolve, UnexplainedEvent } from '../../../machines/run/record/evolve.ts';
import { eventOf, JournalDamaged } from '../../../machines/run/record/fold.ts';
import { newRun, type Run } from '../../../machines/run/run.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import type { Snapshots } from '../../ports/runs/snapshots.ts';
import { RunNotFound } from '../../ports/runs/workflows.ts';
import { type Charts, chartForRecord, DefinitionMissing } from '../run-reader/charts.ts';
import { loadRun } from '../run-reader/load-run.ts';
import { outboundData } from './outbound-data.ts';
import { type Telling, tellingsOf } from './outbound-messages.ts';
import type { ToldRecord } from './outbound-record.ts';

/** Of all runs together. */
const charactersMax = 16 * 1024 * 1024;

/** Where is looked for what a record does not say itself. */
export type OutboundSources = {
  readonly journal: Journal;
  readonly charts: Charts;
  readonly snapshots?: Snapshots | undefined;
  /** Runs that can be read from here as well as from the journal. */
  readonly recent?: Pick<RecentRecords, 'has' | 'read'> | undefined;
};

/** `trouble` says what is wrong where something cannot be told, or only part of it. */
export type Outbound = { readonly events: readonly CloudEvent[]; readonly trouble?: unknown };

type StoredRecord = Extract<Stored, { kind: 'record' }>;

/** Whether a message of the journal has to be looked at: most tell other programs nothing. */
export function mayBeTold(stored: Stored): boolean {
  if (stored.kind === 'foreign') return true;
  const { omitted, transitions } = stored.record.data;

  return omitted !== undefined || tellingsOf(stored.record, transitions).length > 0;
}

/** The events that a message of the journal is told as, in order. Rejects where the journal cannot be read now. */
export async function outboundOf(sources: OutboundSources, stored: Stored): Promise<Outbound> {
  const { value, trouble } = await lasting(made(sources, stored));

  return value ?? { events: [], trouble };
}

/** What is left of an event that is too large for the broker: what is small. */
export function leanEvent(event: CloudEvent): CloudEvent {
  const members = Object.entries(event.data as Readonly<Record<string, Json>>);
  const small = members.filter(([, value]) => JSON.stringify(value).length <= leanCharactersMax);

  return { ...event, data: { ...Object.fromEntries(small), dataOmitted: true } };
}

const leanCharactersMax = 1_000;

async function made(sources: OutboundSources, stored: Stored): Promise<Outbound> {
  if (stored.kind === 'foreign') return { events: [], trouble: damaged(stored, 'foreign', stored.reason) };
  const { record, body } = stored;
  if (!isSigned(body, record.hash))
    return { events: [], trouble: damaged(stored, 'altered', 'its hash does not fit its content') };

  const { transitions: listed, omitted } = record.data;
  const all = omitted === undefined ? { value: listed } : await lasting(allTransitions(sources, stored));
  const transitions = all.value ?? listed;
  const tellings = tellingsOf(record, transitions);
  const { run, chart, trouble = all.trouble } = await known(sources, stored, tellings);
  const told = { record, transitions, run, chart };

  return {
    events: tellings.map((telling) => eventOfTelling(telling, told)),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

function eventOfTelling(telling: Telling, told: ToldRecord): CloudEvent {
  const { record } = told;
  const { type, task } = telling;
  const data = outboundData(telling, told);

  return {
    specversion: '1.0',
    id: `${record.id}/${type}${task === undefined ? '' : `/${task}`}`,
    source: `/3ox/${record.data.head.definition.id}`,
    type,
    subject: data.run,
    time: record.time,
    datacontenttype: 'application/json',
    hops: (record.data.head.hops ?? 0) + 1,
    // The schemas allow members that are undefined; there are none.
    data: data as unknown as Json,
  };
}

const foldedFor: ReadonlySet<Telling['type']> = new Set<Telling['type']>([
  'approval.requested',
  'workflow.run.completed',
  'workflow.run.failed',
  'workflow.run.timed_out',
  'workflow.run.terminated',
]);

/** The run is read and folded only for what cannot be known without. */
async function known(
  sources: OutboundSources,
  { run: id, record }: StoredRecord,
  tellings: readonly Telling[],
): Promise<Pick<ToldRecord, 'run' | 'chart'> & { readonly trouble?: unknown }> {
  if (tellings.some(({ type }) => foldedFor.has(type))) {
    const loaded = await lasting(runAt(sources, id, record.sequence));
    return { run: loaded.value, trouble: loaded.trouble };
  }
  if (tellings.every(({ task }) => task === undefined)) return {};
  const { value: chart, trouble } = await lasting(sources.charts.byHash(record.data.head.definition.hash));

  return { chart, trouble };
}

/** One event may cause more transitions than its record lists: folding it again gives them all. */
async function allTransitions(
  sources: OutboundSources,
  stored: StoredRecord,
): Promise<readonly Transition[]> {
  const { run: id, record } = stored;
  const until = record.sequence - 1;
  const before =
    until === 0
      ? newRun(await sources.charts.byHash(record.data.head.definition.hash))
      : await runAt(sources, id, until);

  return evolve(await chartForRecord(before, stored, sources.charts), eventOf(record)).transitions;
}

async function runAt(
  { journal, charts, snapshots, recent }: OutboundSources,
  id: string,
  until: number,
): Promise<Run> {
  const loaded = recent?.has(id, until)
    ? await loadRun({ ...journal, read: recent.read }, charts, id, { until })
    : await loadRun(journal, charts, id, { until, snapshots });

  return loaded.run;
}

/** What it comes to, or why it never will. Rejects with what may pass. */
async function lasting<T>(work: Promise<T>): Promise<{ readonly value?: T; readonly trouble?: unknown }> {
  try {
    return { value: await work };
  } catch (error) {
    if (!isLasting(error)) throw error;

    return { trouble: error };
  }
}

function isLasting(error: unknown): boolean {
  return [JournalDamaged, DefinitionMissing, RunNotFound, UnexplainedEvent, RangeError, TypeError].some(
    (kind) => error instanceof kind,
  );
}

function damaged({ run, position }: Stored, how: 'foreign' | 'altered', reason: string): JournalDamaged {
  const message = `the message at position ${position} of run ${run} is not told to other programs: ${reason}`;

  return new JournalDamaged(`journal.${how}`, 0, message);
}

/** The records of runs that began not long ago, so that these runs need not be read once more. */
type RecentRecords = {
  /** Passes the messages on, and keeps them. */
  readonly noting: (messages: AsyncIterable<Stored>) => AsyncGenerator<Stored, void, undefined>;
  /** Whether the records of the run are here, from its first to this one. */
  readonly has: (run: string, sequence: number) => boolean;
  /** As that of the journal, for a run that is here. */
  readonly read: Journal['read'];
  readonly forget: (run: string) => void;
};

type Kept = { readonly records: Stored[]; characters: number };

export function createRecentRecords(most = charactersMax): RecentRecords {
  const runs = new Map<string, Kept>();
  let characters = 0;

  function forget(run: string): void {
    characters -= runs.get(run)?.characters ?? 0;
    runs.delete(run);
  }

  function note(stored: Stored): void {
    const { run, body } = stored;
    const sequence = stored.kind === 'record' ? stored.record.sequence : 0;
    if (sequence === 1 && !runs.has(run)) runs.set(run, { records: [], characters: 0 });
    const kept = runs.get(run);
    if (kept === undefined) return;
    // What is no record, or comes out of turn, is for whoever reads the journal itself.
    if (sequence !== kept.records.length + 1) {
      forget(run);
      return;
    }
    kept.records.push(stored);
    kept.characters += body.length;
    characters += body.length;
    for (const oldest of runs.keys()) {
      if (characters <= most) break;
      forget(oldest);
    }
  }

  return {
    noting: async function* (messages) {
      for await (const stored of messages) {
        note(stored);
        yield stored;
      }
    },
    has: (run, sequence) => (runs.get(run)?.records.length ?? 0) >= sequence,
    read: async function* (run, { after = 0 } = {}) {
      for (const stored of runs.get(run)?.records ?? []) if (stored.position > after) yield stored;
    },
    forget,
  };
}
