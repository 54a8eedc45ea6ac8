// What `workflow doctor --repair` says and does about runs that are quarantined. Method: real runs on the journal in
// memory with something planted at their end or altered where it is read; servers that lead in turn read differently.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { snapshotText } from '../../machines/run/record/snapshot.ts';
import { shardOf } from '../../machines/shard.ts';
import { adviceFor, repairRuns } from '../../src/compose/doctor/doctor-runs.ts';
import { leaseKeyOf } from '../../src/engine/cluster/lease-board.ts';
import { createAnswering } from '../../src/engine/cluster/node.ts';
import { createCharts } from '../../src/engine/run-reader/charts.ts';
import { checkRuns } from '../../src/engine/run-reader/check-runs.ts';
import { loadRun } from '../../src/engine/run-reader/load-run.ts';
import { type CommandChannel, NoEngine } from '../../src/ports/runs/command-channel.ts';
import type { Journal, Stored } from '../../src/ports/runs/journal.ts';
import type { Holder } from '../../src/ports/runs/leases.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../src/stores/memory/journal.ts';
import { chartOfText } from '../support/chart-of.ts';
import { bodiesOf, createStage, register } from '../support/engine-bench.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const text = `workflow:
  id: narrow
  version: 1
  concurrency: {limit: 1}
  tasks: [{id: work, uses: noop}, {id: after, uses: noop, depends_on: work}]
`;
const quiet = { all: false, onProgress: () => undefined };

/** A run that holds the only place there is: its first task is over, its last one under way. */
async function narrowRun() {
  const projectDir = await mkdtemp(join(tmpdir(), 'workflow-repair-'));
  onTestFinished(() => rm(projectDir, { recursive: true, force: true }));
  const definitions = createMemoryDefinitionStore();
  const stores = createMemoryStores();
  const { slots, snapshots } = stores;
  const chart = chartOfText(text);
  await register(definitions, chart, text);
  const stage = createStage({ definitions, stores });
  const { engine, journal } = stage;
  await engine.startRun({ run: 'run-1', chart, input: {}, actor: 'test' });
  (await stage.attempt('work#1')).complete();
  const open = await stage.attempt('after#1');
  const answer = createAnswering({ engine, onRefusedStart: () => undefined });
  const charts = createCharts(definitions);
  const leases = { holders: async () => new Map<string, Holder>() };
  const commands: Pick<CommandChannel, 'request'> = {
    request: (_shard, request, asker) => answer(request, asker),
  };
  const changeLeader = async (): Promise<Change> => undefined;
  const read: Journal = journal;
  const deps = { journal: read, charts, definitions, slots, snapshots, leases, commands, changeLeader };

  return { deps, stage, open, chart, projectDir, slots };
}

type Change = { readonly from: string; readonly to: string } | undefined;
type Deps = Awaited<ReturnType<typeof narrowRun>>['deps'];

/** The same with a stranger at its end. */
async function damagedRun() {
  const world = await narrowRun();
  world.stage.journal.plant({ run: 'run-1', body: 'forged' });
  const { damaged } = await checkRuns(world.deps, quiet);
  const [found] = damaged;
  if (found === undefined) throw new Error('no damage was found');

  return { ...world, found, damaged };
}

async function repaired(deps: Deps, projectDir: string) {
  const { damaged } = await checkRuns(deps, quiet);

  return repairRuns(deps, damaged, { projectDir, by: 'ana', ...quiet });
}

/** The journal as a server reads it on which the last record of some runs is altered, or the first. */
function altering(journal: Journal, isAltered: (run: string) => boolean, sequence?: number): Journal {
  async function* read(...[run, options]: Parameters<Journal['read']>): AsyncIterable<Stored> {
    const at = sequence ?? (await lastSequence(journal, run));
    for await (const stored of journal.read(run, options)) {
      const isBad = stored.kind === 'record' && stored.record.sequence === at && isAltered(run);
      yield isBad ? { ...stored, body: stored.body.replace('"actor":"', '"actor":"x') } : stored;
    }
  }

  return { ...journal, read };
}

async function lastSequence(journal: Journal, run: string): Promise<number> {
  const last = await journal.last(run);

  return last?.kind === 'record' ? last.record.sequence : 0;
}

/** Servers that lead in turn, `a` first; who is preferred leads next. */
function servers() {
  const names = ['a', 'b', 'c'];
  const turns: string[] = [];
  let leader = 'a';

  return {
    turns,
    leads: () => leader,
    changeLeader: async (preferred?: string) => {
      const from = leader;
      leader = preferred ?? names[(names.indexOf(leader) + 1) % names.length] ?? '';
      turns.push(leader);
      return { from, to: leader };
    },
  };
}

const holder: Holder = { node: 'one', host: 'here', pid: 1 };
const owned = { holders: async () => new Map([[leaseKeyOf(shardOf('run-1')), holder]]) };

test('says which events can be gone on from, and whose place the run holds', async () => {
  const { found, projectDir, slots } = await damagedRun();
  const advice = await adviceFor(found, { projectDir, slots, isReplicated: false });
  const sequence = found.view?.sequence;

  expect(advice.map(({ command }) => command)).toEqual([
    `workflow fork run-1 --at ${sequence}`,
    'workflow doctor --repair --yes',
    'nats stream restore <backup>',
  ]);
});

test('names the run that waits for it, and the runs that it started', async () => {
  const { found, projectDir, slots } = await damagedRun();
  const advice = await adviceFor(
    { ...found, damage: { ...found.damage, code: 'journal.altered' }, parent: 'run-0', children: ['run-2'] },
    { projectDir, slots, isReplicated: true },
  );

  expect(advice.map(({ command }) => command)).toEqual(
    expect.arrayContaining(['workflow terminate run-0', 'workflow cancel run-2']),
  );
  expect(advice[0]?.what).toContain('another replica may be whole');
});

test('gives the place of a run that stays damaged to others, and writes nothing to its journal', async () => {
  const { deps, stage, projectDir, slots } = await damagedRun();
  await stage.engine.stop();
  const before = await deps.journal.last('run-1');
  const { lines, damaged } = await repaired(deps, projectDir);

  expect(damaged).toMatchObject([{ run: 'run-1' }]);
  expect(lines).toMatchObject([{ status: 'ok', detail: expect.stringContaining('free for others') }]);
  expect(await slots.holders('narrow')).toEqual([]);
  expect(await deps.journal.last('run-1')).toEqual(before);
});

test('gives the place to others when the engine of the run leaves it alone, too', async () => {
  const { deps, projectDir, slots } = await damagedRun();
  await repaired({ ...deps, leases: owned }, projectDir);

  expect(await slots.holders('narrow')).toEqual([]);
});

test('keeps the place of a run that its engine goes on with, as it has read it before the damage', async () => {
  const { deps, stage, open, projectDir, slots } = await narrowRun();
  const journal = altering(deps.journal, () => true, 2);
  const { lines } = await repaired({ ...deps, journal, leases: owned }, projectDir);

  expect(lines).toMatchObject([{ status: 'warn', detail: expect.stringContaining('is kept') }]);
  expect(await slots.holders('narrow')).toEqual(['run-1']);
  open.complete();
  await stage.until(({ state }) => state.status === 'COMPLETED');
});

test('keeps the place while the engine of the run does not answer', async () => {
  const { deps, projectDir, slots } = await damagedRun();
  const commands = { request: () => Promise.reject(new NoEngine(0, 1)) };
  await repaired({ ...deps, commands, leases: owned }, projectDir);

  expect(await slots.holders('narrow')).toEqual(['run-1']);
});

test('keeps the place of a run that nobody works on while a snapshot from behind the damage lets it go on', async () => {
  const { deps, stage, projectDir, slots } = await narrowRun();
  await stage.engine.stop();
  const { run, position } = await loadRun(deps.journal, deps.charts, 'run-1');
  const { library } = deps.snapshots;
  await deps.snapshots.keep('run-1', snapshotText(run, { position, library }));
  await repaired({ ...deps, journal: altering(deps.journal, () => true, 2) }, projectDir);

  expect(await slots.holders('narrow')).toEqual(['run-1']);
});

test('has other replicas lead the journal until one of them is whole', async () => {
  const { deps, projectDir } = await narrowRun();
  const { leads, turns, changeLeader } = servers();
  const journal = altering(deps.journal, () => leads() !== 'c');
  const { damaged, lines } = await repaired({ ...deps, journal, changeLeader }, projectDir);

  expect(turns).toEqual(['b', 'c']);
  expect(damaged).toEqual([]);
  expect(lines).toMatchObject([{ status: 'ok', fix: 'workflow resume run-1' }]);
});

test.each([
  ['nothing is mended', () => true],
  ['another run is damaged there', (run: string, leader: string) => (run === 'run-1') === (leader === 'a')],
] as const)('has the first replica lead again where %s', async (_, isAltered) => {
  const { deps, stage, chart, projectDir } = await narrowRun();
  await stage.engine.startRun({ run: 'run-2', chart, input: {}, actor: 'test' });
  const { leads, turns, changeLeader } = servers();
  const journal = altering(deps.journal, (run) => isAltered(run, leads()));
  const { lines } = await repaired({ ...deps, journal, changeLeader }, projectDir);

  expect(turns).toEqual(['b', 'c', 'a']);
  expect(lines.map(({ fix }) => fix)).not.toContain('workflow resume run-1');
});

test('has no other replica lead for what every replica was given', async () => {
  const { deps, projectDir } = await damagedRun();
  const { turns, changeLeader } = servers();
  await repaired({ ...deps, changeLeader }, projectDir);

  expect(turns).toEqual([]);
});

test('a run that lost its end goes on without it once that is accepted', async () => {
  const { deps, stage, projectDir, slots } = await narrowRun();
  await stage.engine.stop();
  const { run, position } = await loadRun(deps.journal, deps.charts, 'run-1');
  const { library } = deps.snapshots;
  await deps.snapshots.keep('run-1', snapshotText(run, { position, library }));
  const journal = createMemoryJournal();
  for (const body of (await bodiesOf(deps.journal, 'run-1')).slice(0, -1))
    journal.plant({ run: 'run-1', body });
  const [found] = (await checkRuns({ ...deps, journal }, quiet)).damaged;
  if (found === undefined) throw new Error('no damage was found');
  const advice = await adviceFor(found, { projectDir, slots, isReplicated: false });
  expect(advice[0]?.what).toContain(`accept that it ends with event ${run.sequence - 1}`);
  const { damaged, lines } = await repaired({ ...deps, journal }, projectDir);

  expect(damaged).toEqual([]);
  expect(lines).toMatchObject([{ status: 'warn', fix: 'workflow resume run-1' }]);
  expect(await slots.holders('narrow')).toEqual(['run-1']);
  const snapshots = deps.snapshots;
  expect((await loadRun(journal, deps.charts, 'run-1', { snapshots })).run.sequence).toBe(run.sequence - 1);
});

test('a draft whose text is missing is stored again and stays a draft, also where its version has another text', async () => {
  const { deps, chart, projectDir } = await narrowRun();
  await mkdir(join(projectDir, 'definitions'));
  await writeFile(join(projectDir, 'definitions/narrow.yaml'), text);
  const definitions = createMemoryDefinitionStore();
  const other = text.replace('limit: 1', 'limit: 2');
  await register(definitions, chartOfText(other), other);
  const missing = { ...deps, definitions, charts: createCharts(definitions) };
  expect(await repaired(missing, projectDir)).toMatchObject({ damaged: [] });

  expect((await definitions.byHash(chart.ref.hash))?.ref).toEqual(chart.ref);
  expect((await definitions.list()).map(({ ref }) => ref.hash)).toEqual([chartOfText(other).ref.hash]);
});
