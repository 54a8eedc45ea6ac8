// Nothing is lost and nothing is done twice while processes die all the time. Method: three real servers, two engines
// that are the built command line, and 200 runs in flight; every 5 s the leader of the journal, one of its followers or
// an engine is killed by SIGKILL in turn and comes back 2.5 s later. What engines were told was stored, what clients
// were answered and what an observer was shown is compared with the journal at the end, and so are the side effects.
// CHAOS_SECONDS (default 60; 180 in `.ci/nightly`) says how long.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { startTestCluster, type TestCluster } from '../support/cluster.ts';
import { partsOf } from '../support/stream-parts.ts';
import { createEngineProcess, type EngineProcess } from './engine-process.ts';
import { differing, doneAgain, lost, misindexed, readAcked, readJournal, wrongEnds } from './findings.ts';
import { killInTurn } from './killer.ts';
import { type Acknowledged, createLoad, type Kind, kinds, readEffects } from './load.ts';
import { startObserver } from './observer.ts';
import { tableOf } from './table.ts';

const totalMs = Number(process.env['CHAOS_SECONDS'] ?? '60') * 1_000;
const inFlight = 200;
/** How long the runs may take to end after the last kill: an election, a lease that runs out, and the backlog. */
const settleMsMax = 120_000;
const namespace = 'chaos';
const stream = 'WF_CHAOS_JOURNAL';
const allKinds = Object.keys(kinds) as readonly Kind[];

test(
  'three servers, two engines, 200 runs in flight, a kill every 5 s: nothing is lost, all runs end right',
  async () => {
    const place = await bringUp();
    const { handle, cluster, engines, effectsFile, ackedFile } = place;
    const crowd = startCrowd(place);
    const { observer } = crowd;
    const kills = await killInTurn({ cluster, engines, stream }, totalMs);
    await crowd.end();
    const settledMs = Date.now() - (kills.at(-1)?.atMs ?? 0);

    const workflows = createWorkflows({ ...partsOf(handle), newRunId: () => '', answerTimeoutMs: 5_000 });
    const journal = await readJournal(handle.journal);
    const effects = await readEffects(effectsFile);
    const acked = await readAcked(ackedFile);
    process.stdout.write(tableOf({ kills, observer, effects, settledMs, events: journal.records.size }));

    expect(observer.problems).toEqual([]);
    expect(lost(journal.records, acked)).toEqual([]);
    expect(lost(journal.records, observer.seen)).toEqual([]);
    expect(crowd.told.filter((told) => !journal.ids.has(told))).toEqual([]);
    expect(wrongEnds(journal)).toEqual([]);
    expect(doneAgain(effects, observer.endedAtMs)).toEqual([]);
    expect(await differing(workflows, [...journal.runs.keys()])).toEqual([]);
    expect(crowd.begun()).toBe(journal.runs.size);
    for (const project of place.projects)
      await expect.poll(() => misindexed(project, handle.journal), { timeout: 60_000 }).toEqual([]);
    expect(kills.length).toBeGreaterThanOrEqual(Math.min(3, totalMs / 5_000));
  },
  totalMs + settleMsMax + 300_000,
);

type Place = {
  readonly cluster: TestCluster;
  readonly engines: readonly EngineProcess[];
  readonly handle: JetStreamHandle;
  readonly projects: readonly string[];
  readonly effectsFile: string;
  readonly ackedFile: string;
};

async function bringUp(): Promise<Place> {
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
      return createEngineProcess(project, env);
    }),
  );
  for (const engine of engines) {
    onTestFinished(() => engine.kill9());
    await engine.start();
  }

  return { cluster, engines, handle, projects, effectsFile, ackedFile };
}

/** Keeps so many runs in flight, whatever dies, until it is told to end. */
function startCrowd({ handle, effectsFile }: Place) {
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
      await expect.poll(open, { timeout: settleMsMax, interval: 250 }).toEqual({ starting: 0, open: 0 });
      load.stop();
      observer.stop();
    },
  };
}
