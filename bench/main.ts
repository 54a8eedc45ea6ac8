import type { Chart } from '../machines/chart/chart.ts';
import { backupLine, measureBackup } from './backup.ts';
import { coldStartLines, helpCpuMs, measureColdStart } from './cold-start.ts';
import { dashboardLines, measureDashboard } from './dashboard.ts';
import { forkJoin, sequential } from './definitions.ts';
import { createDriver, type Driver } from './drive-engine.ts';
import { measureEvents } from './events.ts';
import { measureExplore } from './explore.ts';
import { measureFairness } from './fairness.ts';
import { measureForEach } from './for-each.ts';
import { generationsLines, measureGenerations } from './generations.ts';
import { measureGoals } from './goals.ts';
import { listsLines, measureLists } from './lists.ts';
import { measureLongRun, measureTaskCosts, taskCostLines } from './long-run.ts';
import { type Measured, measure } from './measure.ts';
import { besidePeersLines, measureBesidePeers } from './peers.ts';
import { rawPublish } from './raw-publish.ts';
import {
  enginesLine,
  eventsLine,
  exploreLines,
  fairnessLine,
  goalsLine,
  printReport,
  type Report,
  wideForkLine,
  workersLine,
} from './report.ts';
import { measureResultPath, resultPathLines } from './result-path.ts';
import { indexLines, measureIndex } from './run-index.ts';
import { type Servers, startServers } from './servers.ts';
import { measureSeveralEngines } from './several-engines.ts';
import { checkShipped, commitShipped, measureShipped, shippedLines } from './shipped.ts';
import { measureSleepers, sleepersLines } from './sleepers.ts';
import { measureSnapshot } from './snapshot.ts';
import { median } from './statistics.ts';
import { measureWideFork } from './wide-fork.ts';
import { measureWorkers } from './workers.ts';

const concurrencies = [1, 50, 200];
const rounds = 3;

/** Measures the engine on the server we ship, next to what the same server does raw, in the same minutes. */
async function bench(): Promise<Report> {
  const servers = await startServers();
  const driver = await createDriver(servers.durable.url);
  try {
    return await measureAll(servers, driver);
  } finally {
    await driver.close();
    await servers.stop();
  }
}

async function measureAll(servers: Servers, driver: Driver): Promise<Report> {
  const charts: readonly (readonly [string, Chart])[] = [
    ['sequential-5', await driver.register(sequential(5))],
    ['fork-10-join', await driver.register(forkJoin(10))],
    ['1-task', await driver.register(sequential(1))],
  ];
  const { pid } = servers.durable;
  const workloads = charts.flatMap(([name, chart]) =>
    concurrencies.map((concurrency) => ({ name, chart, concurrency, runs: runsOf(name, concurrency) })),
  );
  for (const workload of workloads)
    await measure(driver, pid, { ...workload, runs: workload.concurrency * 10 });

  const measured: Measured[] = [];
  const rawUnsynced: number[] = [];
  const rawDurableMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    rawUnsynced.push((await rawPublish(servers.unsynced.url, 30_000)).pipelinedPerSecond);
    rawDurableMs.push((await rawPublish(servers.durable.url, 2_000)).roundTripMs);
    for (const workload of workloads) measured.push(await measure(driver, pid, workload));
  }

  return {
    rawPublishPerSecond: median(rawUnsynced),
    rawRoundTripMs: median(rawDurableMs),
    measured,
    longRun: await measureLongRun(driver),
    taskCosts: measureTaskCosts(),
    forEach: await measureForEach(driver),
    snapshot: await measureSnapshot(driver),
    engines: await measureSeveralEngines(servers.durable.url),
    workers: await measureWorkers(servers.durable.url),
    fairness: await measureFairness(servers.durable.url),
    goals: await measureGoals(servers.durable.url),
    wideFork: await measureWideFork(servers.durable.url),
    events: await measureEvents(servers.durable.url),
    explore: await measureExplore(),
    helpCpuMs: await helpCpuMs(),
  };
}

function runsOf(name: string, concurrency: number): number {
  if (concurrency === 1) return 200;

  return concurrency * (name === '1-task' ? 40 : 15);
}

/** One measurement alone: it is quick, and wants the machine to itself. */
async function benchOne(
  measureOne: (durable: Servers['durable'], unsyncedUrl: string) => Promise<string>,
): Promise<void> {
  const servers = await startServers();
  try {
    process.stdout.write(`${await measureOne(servers.durable, servers.unsynced.url)}\n`);
  } finally {
    await servers.stop();
  }
}

if (process.argv.includes('engine-process')) {
  await import('./engine-process.ts');
} else if (process.argv.includes('worker-process')) {
  await import('./worker-process.ts');
} else if (process.argv.includes('serve-process')) {
  await import('./serve-process.ts');
} else if (process.argv.includes('peers')) {
  await benchOne(async (durable) => besidePeersLines(await measureBesidePeers(durable)));
} else if (process.argv.includes('--check')) {
  await benchOne(async (durable) => {
    const { text, hasFallen } = await checkShipped(durable);
    if (hasFallen) process.exitCode = 1;
    return text;
  });
} else if (process.argv.includes('--commit')) {
  await benchOne(commitShipped);
} else if (process.argv.includes('shipped')) {
  await benchOne(async (durable) => shippedLines(await measureShipped(durable)));
} else if (process.argv.includes('engines')) {
  await benchOne(async ({ url }) => enginesLine(await measureSeveralEngines(url)));
} else if (process.argv.includes('workers')) {
  await benchOne(async ({ url }) => workersLine(await measureWorkers(url)));
} else if (process.argv.includes('wide-fork')) {
  await benchOne(async ({ url }) => wideForkLine(await measureWideFork(url)));
} else if (process.argv.includes('fairness')) {
  await benchOne(async ({ url }) => fairnessLine(await measureFairness(url)));
} else if (process.argv.includes('goals')) {
  await benchOne(async ({ url }) => goalsLine(await measureGoals(url)));
} else if (process.argv.includes('backup')) {
  await benchOne(async ({ url }) => backupLine(await measureBackup(url)));
} else if (process.argv.includes('index')) {
  await benchOne(async (_, url) => indexLines(await measureIndex(url)));
} else if (process.argv.includes('events')) {
  await benchOne(async ({ url }) => eventsLine(await measureEvents(url)));
} else if (process.argv.includes('dashboard')) {
  await benchOne(async ({ url }) => dashboardLines(await measureDashboard(url)));
} else if (process.argv.includes('result-path')) {
  await benchOne(async ({ url }) => resultPathLines(await measureResultPath(url)));
} else if (process.argv.includes('lists')) {
  await benchOne(async ({ url }) => listsLines(await measureLists(url)));
} else if (process.argv.includes('sleepers')) {
  await benchOne(async ({ url, pid }) => sleepersLines(await measureSleepers(url, pid)));
} else if (process.argv.includes('generations')) {
  process.stdout.write(generationsLines(await measureGenerations()));
} else if (process.argv.includes('cold-start')) {
  await benchOne(async ({ url }) => coldStartLines(await measureColdStart(url)));
} else if (process.argv.includes('long-run')) {
  process.stdout.write(`${taskCostLines(measureTaskCosts())}\n`);
} else if (process.argv.includes('explore')) {
  process.stdout.write(`${exploreLines(await measureExplore())}\n`);
} else {
  const report = await bench();
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else printReport(report);
}
