import type { JournalRecord } from '../../../events/record.ts';
import type { Chart } from '../../../machines/compile/chart.ts';
import type { Pace } from '../../../machines/explore/move.ts';
import { emptyAside, type Run } from '../../../machines/run/run.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { DefinitionStore } from '../../ports/definition-store.ts';
import type { Journal } from '../../ports/journal.ts';
import type { RunSecrets } from '../../ports/secrets.ts';
import type { Slots } from '../../ports/slots.ts';
import type { Charts } from '../charts.ts';
import { createEngine, type Engine } from '../engine.ts';
import { withBlobs } from '../with-blobs.ts';
import { createScript, type Script } from './script.ts';
import {
  anyDefinition,
  chartFor,
  gateInTurn,
  journalWithoutOthers,
  nobodysRuns,
  slotsInTurn,
} from './stand-ins.ts';
import { createTurns, type Turns } from './turns.ts';

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
export type Stage = {
  readonly world: World;
  readonly chart: Chart;
  readonly charts: Charts;
  readonly engine: Engine;
  readonly script: Script;
  readonly turns: Turns;
  readonly latest: () => Run | undefined;
  /** What was recorded, in order. */
  readonly records: readonly JournalRecord[];
  readonly troubles: readonly unknown[];
};

/** Tells the start of an attempt that is to be recorded as soon as it has begun from a timer that is due now. */
const atOnceMs = -1;

export function createStage(world: World, chart: Chart, pace: Pace): Stage {
  const records: JournalRecord[] = [];
  const troubles: unknown[] = [];
  const turns = createTurns(() => records.length);
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
      now: world.clock.now,
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
