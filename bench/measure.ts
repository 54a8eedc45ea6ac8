import { readFile } from 'node:fs/promises';
import type { Chart } from '../machines/chart/chart.ts';
import type { Driver } from './drive-engine.ts';
import { quantile } from './statistics.ts';

/** One line of the report. Times in ms, CPU in microseconds of this process and of the server per event. */
export type Measured = {
  readonly workload: string;
  readonly concurrency: number;
  readonly runs: number;
  readonly runsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUsPerEvent: number;
  readonly serverCpuUsPerEvent: number;
};

export type Workload = {
  readonly name: string;
  readonly chart: Chart;
  readonly concurrency: number;
  readonly runs: number;
};

/** Runs a workload with so many runs in flight at any time. */
export async function measure(driver: Driver, serverPid: number, workload: Workload): Promise<Measured> {
  const { name, chart, concurrency, runs } = workload;
  const times: number[] = [];
  let events = 0;
  let begun = 0;
  const cpuBefore = process.cpuUsage();
  const serverBefore = await cpuMsOf(serverPid);
  const began = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (begun < runs) {
        begun += 1;
        const { ms, eventsMs } = await driver.runOnce(chart);
        times.push(ms);
        events += eventsMs.length;
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const serverMs = (await cpuMsOf(serverPid)) - serverBefore;

  return {
    workload: name,
    concurrency,
    runs,
    runsPerSecond: runs / seconds,
    eventsPerSecond: events / seconds,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuUsPerEvent: (cpu.user + cpu.system) / events,
    serverCpuUsPerEvent: (serverMs * 1000) / events,
  };
}

/** CPU time of another process so far, in ms; 0 where the system does not tell. */
export async function cpuMsOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);

  // The unit of /proc is a hundredth of a second on every Linux we know.
  return ticks * 10;
}
