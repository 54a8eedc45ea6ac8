import { forkJoin, sequential } from './definitions.ts';
import { createDriver } from './drive-engine.ts';
import { type Measured, measure } from './measure.ts';
import { rawPublish } from './raw-publish.ts';
import { printReport, type Report } from './report.ts';
import { startServers } from './servers.ts';
import { median } from './statistics.ts';

const concurrencies = [1, 50, 200];
const rounds = 3;

/** Measures the engine on the server we ship, next to what the same server does raw, in the same minutes. */
async function bench(): Promise<Report> {
  const servers = await startServers();
  const driver = await createDriver(servers.durable.url);
  try {
    const charts = {
      'sequential-5': await driver.register(sequential(5)),
      'fork-10-join': await driver.register(forkJoin(10)),
      '1-task': await driver.register(sequential(1)),
    };
    const long = await driver.register(sequential(500));
    await measure(driver, servers.durable.pid, {
      name: 'warm-up',
      chart: charts['sequential-5'],
      concurrency: 200,
      runs: 2_000,
    });

    const measured: Measured[] = [];
    const rawUnsynced: number[] = [];
    const rawDurableMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      rawUnsynced.push((await rawPublish(servers.unsynced.url, 30_000)).pipelinedPerSecond);
      rawDurableMs.push((await rawPublish(servers.durable.url, 2_000)).roundTripMs);
      for (const [name, chart] of Object.entries(charts)) {
        for (const concurrency of concurrencies) {
          const runs = concurrency === 1 ? 200 : concurrency * (name === '1-task' ? 40 : 15);
          measured.push(await measure(driver, servers.durable.pid, { name, chart, concurrency, runs }));
        }
      }
    }
    const { ms, eventsMs } = await driver.runOnce(long);
    const half = eventsMs[Math.floor(eventsMs.length / 2)] ?? 0;

    return {
      rawPublishPerSecond: median(rawUnsynced),
      rawRoundTripMs: median(rawDurableMs),
      measured,
      longRun: { tasks: 500, ms, secondHalfToFirst: (ms - half) / half },
    };
  } finally {
    await driver.close();
    await servers.stop();
  }
}

const report = await bench();
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else printReport(report);
