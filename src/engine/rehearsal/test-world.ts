import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { type Chart, compileChart } from '../../../machines/chart/chart.ts';
import { localId, openTasks } from '../../../machines/chart/task-at.ts';
import type { InputProperty } from '../../../machines/definition.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import { isMapping } from '../../../machines/language/mapping.ts';
import { type Pace, scenarioRun } from '../../../machines/prover/explore/scenario.ts';
import { renderInput } from '../../../machines/run/render.ts';
import { emptyAside, type Run } from '../../../machines/run/run.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DefinitionStore } from '../../ports/definitions/definition-store.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { Journal, Stored } from '../../ports/runs/journal.ts';
import { type Performers, TaskError } from '../../ports/work/handler.ts';
import type { Slots } from '../../ports/work/slots.ts';
import { type AttemptGate, createAttemptGate } from '../attempts/attempt-entry.ts';
import { createEngine, type Engine } from '../run/engine.ts';
import type { OtherRuns } from '../run/failure-runs.ts';
import { withBlobs } from '../run/resolve-blobs.ts';
import type { Charts } from '../run-reader/charts.ts';
import { createRecordedTurns, type RecordedTurns } from './turns.ts';

/** The runs that a run starts are nobody's: the script tells how they end. */
const nobodysRuns: OtherRuns = {
  start: async ({ run }) => ({ ok: true, run, sequence: 1 }),
  workOn: async () => undefined,
  command: async (run) => ({ ok: true, run, sequence: 1 }),
};

const standInHash = '0'.repeat(64);
const empty = loadDefinition({
  file: 'stand-in',
  content: '{"workflow": {"id": "stand-in", "version": 1, "tasks": [{"id": "nothing", "type": "NOOP"}]}}',
});
const emptyChart = empty.ok ? compileChart(empty.loaded.definition, empty.loaded.ref) : undefined;

/** What one rehearsal takes place in, all of it empty and in memory. */
export type World = {
  readonly clock: Clock & {
    /** Moves the time on at once and calls back what is due then. */
    readonly jumpTo: (timeMs: number) => void;
  };
  readonly journal: Journal;
  /** Another one, in which nothing happens. */
  readonly nowhere: Journal;
  readonly definitions: DefinitionStore;
  readonly blobs: BlobStore;
  readonly slots: Slots;
  readonly runSecrets: RunSecrets;
};

/** A real engine on which one run is played. */
export type RehearsalStage = {
  readonly world: World;
  readonly chart: Chart;
  readonly charts: Charts;
  readonly engine: Engine;
  readonly script: Script;
  readonly turns: RecordedTurns;
  readonly latest: () => Run | undefined;
  /** What was recorded, in order. */
  readonly records: readonly JournalRecord[];
  readonly troubles: readonly unknown[];
};

/** Tells the start of an attempt that is to be recorded as soon as it has begun from a timer that is due now. */
const atOnceMs = -1;

export function createStage(world: World, chart: Chart, pace: Pace): RehearsalStage {
  const records: JournalRecord[] = [];
  const troubles: unknown[] = [];
  const turns = createRecordedTurns(() => records.length);
  const script = createScript();
  let run: Run | undefined;
  const latest = (): Run | undefined => run;
  const { blobs } = world;
  const journal = journalWithoutOthers(world.journal, { turns, latest, nowhere: world.nowhere });
  const charts: Charts = {
    byHash: (hash) =>
      withBlobs(
        blobs,
        () => run ?? { aside: emptyAside },
        () => chartFor(hash, { chart, run }),
      ),
  };
  const engine = createEngine({
    charts,
    blobs,
    runSecrets: world.runSecrets,
    projectSecrets: { get: () => undefined, values: () => ({}), all: () => [] },
    slots: slotsInTurn(world.slots, turns),
    definitions: anyDefinition(world.definitions, turns),
    journal: {
      ...journal,
      append: async (append) => {
        const position = await journal.append(append);
        records.push(JSON.parse(append.body) as JournalRecord);
        return position;
      },
    },
    clock: {
      ...world.clock,
      after: (delayMs, callback) =>
        delayMs === atOnceMs ? turns.askLast(callback) : world.clock.after(delayMs, callback),
    },
    performers: script.performers,
    otherRuns: nobodysRuns,
    outputs: { write: async () => undefined },
    gate: gateInTurn(turns),
    projectDir: '.',
    concurrencyMax: Number.POSITIVE_INFINITY,
    startNoticeMs: pace === 'slow' ? atOnceMs : Number.POSITIVE_INFINITY,
    onChange: (changed) => {
      run = changed;
    },
    onTrouble: (_run, error) => void troubles.push(error),
  });

  return { world, chart, charts, engine, script, turns, latest, records, troubles };
}

type OfAttempt = { readonly task: string; readonly attempt: number };

/** Whoever carries attempts out in a rehearsal: they wait until the script says what comes of them. */
type Script = {
  readonly performers: Performers;
  /** False when nobody waits for the result of the attempt. */
  readonly complete: (of: OfAttempt, output: Json) => boolean;
  readonly fail: (of: OfAttempt, error: ErrorData) => boolean;
};

type Waiting = { readonly resolve: (result: Json) => void; readonly reject: (error: TaskError) => void };

function createScript(): Script {
  const waiting = new Map<string, Waiting>();

  function end({ task, attempt }: OfAttempt, how: (attempt: Waiting) => void): boolean {
    const key = `${task}#${attempt}`;
    const found = waiting.get(key);
    waiting.delete(key);
    if (found !== undefined) how(found);

    return found !== undefined;
  }

  return {
    performers: {
      find: () => ({
        worker: 'scenario',
        handler: ({ task, attempt }) =>
          new Promise((resolve, reject) => void waiting.set(`${task}#${attempt}`, { resolve, reject })),
      }),
    },
    complete: (of, output) => end(of, ({ resolve }) => resolve(output)),
    fail: (of, { code, message, retryable, details }) =>
      end(of, ({ reject }) =>
        reject(new TaskError(code, message, { retryable, ...(details === undefined ? {} : { details }) })),
      ),
  };
}

/** Where the run of a rehearsal is, as far as the engine told. */
type Latest = () => Run | undefined;

function inTurn({ ask }: RecordedTurns, rank?: number): Promise<void> {
  return new Promise((resolve) => ask(resolve, rank));
}

/** Attempts begin one after another, each in its turn. */
function gateInTurn(turns: RecordedTurns): AttemptGate {
  /** How many may begin now; undefined while nobody is let in. */
  let places: number | undefined;
  const gate = createAttemptGate(() => {
    if (places !== undefined) return places-- > 0;
    turns.ask(() => {
      places = 1;
      gate.opened();
      places = undefined;
    });
    return false;
  });

  return gate;
}

function slotsInTurn(slots: Slots, turns: RecordedTurns): Slots {
  return {
    ...slots,
    acquire: async (key, run, limit) => {
      await inTurn(turns);
      return slots.acquire(key, run, limit);
    },
  };
}

/** To the journal of the run they were never begun; given up, they have ended. */
function journalWithoutOthers(
  journal: Journal,
  {
    turns,
    latest,
    nowhere,
  }: { readonly turns: RecordedTurns; readonly latest: Latest; readonly nowhere: Journal },
): Journal {
  const known = new Set<string>();

  return {
    ...journal,
    // Circuit breakers follow what attempts of any run came to: no other run is to open the breakers of this one, and
    // neither is it itself, for whoever explores it knows nothing of them.
    watch: nowhere.watch,
    last: async (id) => {
      if (id === scenarioRun) return journal.last(id);
      const place = latest()?.state.orphans?.findIndex(({ run }) => run === id) ?? -1;
      // Runs that are given up come before all else that an event leads to, in their order. That a run is looked at
      // again because time passes leads to nothing.
      if (place >= 0) await inTurn(turns, place);
      else if (!known.has(id)) await inTurn(turns);
      known.add(id);

      return place < 0 ? undefined : terminated(await journal.last(scenarioRun));
    },
  };
}

function terminated(stored: Stored | undefined): Stored | undefined {
  if (stored?.kind !== 'record') return undefined;
  const { record } = stored;
  const head = { ...record.data.head, status: 'TERMINATED' as const };

  return { ...stored, record: { ...record, data: { ...record.data, head } } as JournalRecord };
}

/** Whatever definition a run names is there: it stands for that which will be there. */
function anyDefinition(definitions: DefinitionStore, turns: RecordedTurns): DefinitionStore {
  return {
    ...definitions,
    byId: async (id) => {
      await inTurn(turns);
      return { ref: { id, version: 1, hash: standInHash }, text: '', file: `${id}.yaml` };
    },
  };
}

/** The chart of the run, or that of a definition which takes whatever input the run is about to give one. */
function chartFor(
  hash: string,
  { chart, run }: { readonly chart: Chart; readonly run: Run | undefined },
): Chart {
  if (hash !== standInHash || emptyChart === undefined || run === undefined) return chart;
  // What goes to an input that is secret may hold secrets.
  const any: InputProperty = { required: false, secret: true };
  const input = Object.fromEntries(namesGiven(run).map((name) => [name, any]));

  return { ...emptyChart, definition: { ...emptyChart.definition, input } };
}

/** The names of all that a run may be about to give to other runs. */
function namesGiven(run: Run): readonly string[] {
  const tasks = [...run.chart.plan.values()].map(({ task }) => task);
  const items = tasks.flatMap((task) => (task.type === 'FORK' && task.as !== undefined ? [task.as] : []));
  const given = [...openTasks(run.state.tasks)].flatMap(([address, { state }]) => {
    const delegates = run.chart.plan.get(localId(address))?.task.type === 'SUB_WORKFLOW';
    const input = delegates && state === 'scheduled' ? renderInput(run, address) : undefined;
    return input?.ok === true ? namesOf(input.value) : [];
  });

  return ['item', ...items, ...given];
}

function namesOf(value: Json): readonly string[] {
  return isMapping(value) ? Object.keys(value) : [];
}
