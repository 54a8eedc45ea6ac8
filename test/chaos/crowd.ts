// A cluster of three real servers, engines on it, and so many runs in flight that there is always something under way.
// What was promised to anybody is compared with the journal when everything has ended.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';
import { partsOf } from '../support/stream-parts.ts';
import type { EngineProcess } from './engine-process.ts';
import { differing, doneAgain, lost, readAcked, readJournal, wrongEnds } from './findings.ts';
import type { Kill } from './killer.ts';
import { type Acknowledged, createLoad, type Kind, kinds, readEffects } from './load.ts';
import { startObserver } from './observer.ts';
import { tableOf } from './table.ts';

/** How long the runs may take to end after the last kill: an election, a lease that runs out, and the backlog. */
export const settleMsMax = 120_000;
const namespace = 'chaos';
export const stream = 'WF_CHAOS_JOURNAL';
const allKinds = Object.keys(kinds) as readonly Kind[];

type Place<Engine extends EngineProcess> = {
  readonly cluster: TestCluster;
  readonly engines: readonly Engine[];
  readonly handle: JetStreamHandle;
  readonly projects: readonly string[];
  readonly effectsFile: string;
  readonly ackedFile: string;
};

/** `engineIn` makes the engine of a project folder, which notes what is acknowledged to it in the file `ACKED`. */
export async function bringUp<Engine extends EngineProcess>(
  engineIn: (folder: string, env: Readonly<Record<string, string>>) => Engine,
): Promise<Place<Engine>> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-chaos-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const cluster = await startTestCluster();
  onTestFinished(() => cluster.stop());
  const handle = await connectJetStream({ url: cluster.url, namespace, replicas: 3 });
  onTestFinished(() => handle.close());
  const [effectsFile, ackedFile] = [join(folder, 'effects.txt'), join(folder, 'acked.txt')];
  const env = {
    NATS_URL: cluster.url,
    WORKFLOW_NAMESPACE: namespace,
    WORKFLOW_REPLICAS: '3',
    ACKED: ackedFile,
  };
  const projects = ['first', 'second'].map((name) => join(folder, name));
  const engines = await Promise.all(
    projects.map(async (project) => {
      await mkdir(project);
      return engineIn(project, env);
    }),
  );
  for (const engine of engines) {
    onTestFinished(() => engine.kill9());
    await engine.start();
  }

  return { cluster, engines, handle, projects, effectsFile, ackedFile };
}

/** Keeps so many runs in flight, whatever dies, until it is told to end. */
export function startCrowd(
  { handle, effectsFile }: Pick<Place<EngineProcess>, 'handle' | 'effectsFile'>,
  { inFlight }: { readonly inFlight: number },
) {
  const load = createLoad(partsOf(handle), effectsFile);
  const told: string[] = [];
  let begun = 0;
  let started = 0;
  let ending = false;
  const tell = (acknowledged: Acknowledged | undefined) => {
    if (acknowledged !== undefined) told.push(`${acknowledged.run}/${acknowledged.sequence}`);
  };
  const begin = () => {
    if (ending) return;
    const kind = allKinds[begun % allKinds.length] ?? 'plain';
    begun += 1;
    void load.start(kind).then((acknowledged) => {
      started += 1;
      tell(acknowledged);
    });
  };
  const onAsked = (run: string) => void load.approve(run).then(tell);
  const observer = startObserver(handle.journal, { onAsked, onEnded: begin });
  for (let index = 0; index < inFlight; index += 1) begin();

  return {
    observer,
    told,
    begun: () => begun,
    end: async () => {
      ending = true;
      const open = () => ({ starting: begun - started, open: observer.open.size });
      const ended = expect.poll(open, { timeout: settleMsMax, interval: 250 });
      try {
        await ended.toEqual({ starting: 0, open: 0 });
      } catch (error) {
        await tellOpen(handle, observer.open, load.refused);
        throw error;
      } finally {
        load.stop();
        observer.stop();
      }
    },
  };
}

/** What each run that is still open waits for, and what its clients were refused. */
async function tellOpen(
  handle: JetStreamHandle,
  open: ReadonlySet<string>,
  refused: readonly string[],
): Promise<void> {
  const workflows = createWorkflows({ ...partsOf(handle), newRunId: () => '', answerTimeoutMs: 5_000 });
  for (const run of open) {
    process.stdout.write(`${run} waits for ${JSON.stringify((await workflows.view(run)).waitsFor)}\n`);
    for (const each of refused) if (each.startsWith(run)) process.stdout.write(`${each}\n`);
  }
}

/** Nothing that anybody was told is lost, nothing is done twice, and every run has ended as its kind does. */
export async function expectAllRight(
  { handle, effectsFile, ackedFiles }: Place<EngineProcess> & { readonly ackedFiles: readonly string[] },
  crowd: ReturnType<typeof startCrowd>,
  kills: readonly Kill[],
): Promise<void> {
  const { observer } = crowd;
  const settledMs = Date.now() - (kills.at(-1)?.atMs ?? 0);

  const workflows = createWorkflows({ ...partsOf(handle), newRunId: () => '', answerTimeoutMs: 5_000 });
  const journal = await readJournal(handle.journal);
  const effects = await readEffects(effectsFile);
  const acked = new Map((await Promise.all(ackedFiles.map(readAcked))).flatMap((each) => [...each]));
  process.stdout.write(tableOf({ kills, observer, effects, settledMs, events: journal.records.size }));

  expect(observer.problems).toEqual([]);
  expect(lost(journal.records, acked)).toEqual([]);
  expect(lost(journal.records, observer.seen)).toEqual([]);
  expect(crowd.told.filter((told) => !journal.ids.has(told))).toEqual([]);
  expect(wrongEnds(journal)).toEqual([]);
  expect(doneAgain(effects, observer.endedAtMs)).toEqual([]);
  expect(await differing(workflows, [...journal.runs.keys()])).toEqual([]);
  expect(crowd.begun()).toBe(journal.runs.size);
}
