// Engines that die: whole workflows, with the runs that they start, are carried out by an engine that is cut off after
// its n-th event, as by kill -9, and by one that then takes up what the journal holds. Everything but the engines lives
// on. Attempts answer by themselves; the clock goes on whenever nothing else happens.
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import { createQueries } from '../../src/engine/queries/queries.ts';
import { createEngine, type Engine } from '../../src/engine/run/engine.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { createRunReader } from '../../src/engine/run-reader/run-reader.ts';
import type { Journal } from '../../src/ports/runs/journal.ts';
import type { Attempt } from '../../src/ports/work/handler.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { createMemoryJournal, type MemoryJournal } from '../../src/stores/memory/journal.ts';
import { chartOfText } from '../support/chart-of.ts';
import { register } from '../support/engine-bench.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

export type Answers = (attempt: Attempt) => Json;

export type Played = {
  /** Events of all runs together. */
  readonly events: number;
  /** How every run ended: its status, output, and the states of its tasks, by its id. */
  readonly ends: Readonly<Record<string, Json>>;
  /** The keys of all attempts that began, in order. */
  readonly begun: readonly string[];
  /** The attempts that began again although their end was recorded. */
  readonly repeated: readonly string[];
  /** What replaying the journals of all runs showed. */
  readonly differences: number;
  readonly troubles: readonly unknown[];
};

type Play = {
  /** The first is started, the others are there to be started by it. */
  readonly texts: readonly string[];
  readonly input?: Readonly<Record<string, Json>>;
  readonly answers?: Answers;
  /** The engine dies when so many events of all runs are recorded. */
  readonly crashAfter?: number;
};

const root = '01h00000000000000000000000';
const never = new Promise<never>(() => undefined);

export async function play({
  texts,
  input = {},
  answers = () => ({}),
  crashAfter = 0,
}: Play): Promise<Played> {
  const clock = createManualClock();
  const journal = createMemoryJournal(clock);
  const definitions = createMemoryDefinitionStore();
  const stores = createMemoryStores();
  const begun: string[] = [];
  const repeated: string[] = [];
  const troubles: unknown[] = [];
  const charts = texts.map(chartOfText);
  for (const [index, chart] of charts.entries()) await register(definitions, chart, texts[index] ?? '');

  /** An engine that is cut off from everything when `dies` says so after one of its appends. */
  function join(dies: (events: number) => boolean): {
    readonly engine: Engine;
    readonly isAlive: () => boolean;
  } {
    let alive = true;
    const cut: Journal = {
      ...journal,
      append: async (append) => {
        if (!alive) return never;
        const position = await journal.append(append);
        if (dies(position)) alive = false;
        return alive ? position : never;
      },
    };
    const engine: Engine = createEngine({
      ...stores,
      journal: cut,
      definitions,
      clock,
      performers: {
        find: () => ({
          worker: 'stage',
          handler: async (attempt) => {
            if (!alive) return never;
            begun.push(attempt.attemptKey);
            if (await isRecorded(journal, attempt)) repeated.push(attempt.attemptKey);
            return answers(attempt);
          },
        }),
      },
      otherRuns: {
        start: async ({ hash, ...request }) => {
          if (!alive) return never;
          const chart = await engine.reader.charts.byHash(hash);
          return { ...(await engine.startRun({ chart, ...request })), run: request.run };
        },
        workOn: (run) => (alive ? engine.adopt(run) : never),
        command: async (run, command, actor) =>
          alive ? { ...(await engine.submit(run, command, { actor })), run } : never,
      },
      outputs: { write: () => Promise.resolve() },
      projectDir: '.',
      concurrencyMax: 100,
      startNoticeMs: 1_000_000_000,
      onChange: () => undefined,
      onTrouble: (_run, error) => void troubles.push(error),
    });

    return { engine, isAlive: () => alive };
  }

  const first = join((events) => events === crashAfter);
  const [chart] = charts;
  if (chart === undefined) throw new Error('there is nothing to play');
  void first.engine.startRun({ run: root, chart, input, actor: 'test' });
  await idle(async () => !first.isAlive() || (await allEnded(journal)), clock.advance);
  if (!first.isAlive()) {
    const second = join(() => false);
    // As `resume` does: what the run waits for it has to bring along, and only what it does not is asked for apart.
    await second.engine.adopt(root);
    await idle(() => hasEnded(journal, root), clock.advance);
    for await (const { run } of journal.lastOfEach()) await second.engine.adopt(run);
    await idle(() => allEnded(journal), clock.advance);
  }

  return { ...(await told(journal, createCharts(definitions))), begun, repeated, troubles };
}

async function isRecorded(journal: MemoryJournal, { run, task, attempt }: Attempt): Promise<boolean> {
  for await (const stored of journal.read(run)) {
    if (stored.kind !== 'record') continue;
    const { type, data } = stored.record;
    const isEnd = type === 'task.completed' || type === 'task.failed';
    if (isEnd && data.fact['task'] === task && data.fact['attempt'] === attempt) return true;
  }

  return false;
}

async function hasEnded(journal: MemoryJournal, run: string): Promise<boolean> {
  const last = await journal.last(run);

  return last?.kind === 'record' && isFinal(last.record.data.head.status);
}

async function allEnded(journal: MemoryJournal): Promise<boolean> {
  let runs = 0;
  for await (const last of journal.lastOfEach()) {
    runs += 1;
    if (last.kind === 'record' && !isFinal(last.record.data.head.status)) return false;
  }

  return runs > 0;
}

/** Lets everything happen that can, and then some time pass, again and again. */
async function idle(until: () => Promise<boolean>, advance: (ms: number) => void): Promise<void> {
  for (let round = 0; round < 3_000; round += 1) {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (await until()) return;
    advance(100);
  }
  throw new Error('nothing comes to an end any more');
}

async function told(
  journal: MemoryJournal,
  charts: ReturnType<typeof createCharts>,
): Promise<Pick<Played, 'events' | 'ends' | 'differences'>> {
  const questions = createQueries(createRunReader({ journal, charts }));
  const ends: Record<string, Json> = {};
  let [events, differences] = [0, 0];
  for (const { run, sequence } of await questions.list()) {
    const { state } = await questions.view(run);
    events += sequence;
    differences += (await questions.replay(run)).differences.length;
    const tasks = Object.entries(state.tasks).map(([id, task]): [string, Json] => [id, task.state]);
    ends[run] = { status: state.status, output: state.output ?? null, tasks: Object.fromEntries(tasks) };
  }

  return { events, ends: JSON.parse(canonicalJson(ends)), differences };
}
