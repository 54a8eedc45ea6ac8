import { type Chart, compileChart } from '../machines/chart/chart.ts';
import type { Command } from '../machines/run/decide/command.ts';
import { decide } from '../machines/run/decide/decide.ts';
import { seal } from '../machines/run/record/create-record.ts';
import { newRun, type Run } from '../machines/run/run.ts';
import { sequential } from './definitions.ts';
import { type Driver, result } from './drive-engine.ts';
import { median } from './statistics.ts';

/** Whether the second half of a long run takes longer than the first. */
export async function measureLongRun(
  driver: Driver,
): Promise<{ readonly tasks: number; readonly ms: number; readonly secondHalfToFirst: number }> {
  const chart = await driver.register(sequential(500));
  const { ms, eventsMs } = await driver.runOnce(chart);
  const half = eventsMs[Math.floor(eventsMs.length / 2)] ?? 0;

  return { tasks: 500, ms, secondHalfToFirst: (ms - half) / half };
}

/** What the records of one task cost the core, in a run of so many tasks. */
export type TaskCost = { readonly tasks: number; readonly cpuUs: number; readonly bytes: number };

const counts = [5, 50, 500, 5_000];
/** So many tasks are played for one figure, of runs of each length in turn, so that all have the same minutes. */
const tasksMin = 5_000;
const rounds = 5;

/** CPU per task of the core alone, for runs of few and of many tasks in a row: decided, folded, written. */
export function measureTaskCosts(): readonly TaskCost[] {
  const charts = counts.map((tasks) => ({ tasks, chart: inARow(tasks), spent: [] as Played[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { tasks, chart, spent } of charts) {
      const played = playFor(chart, Math.ceil(tasksMin / tasks));
      // The first round warms up.
      if (round > 0) spent.push(played);
    }
  }

  return charts.map(({ tasks, spent }) => ({
    tasks,
    cpuUs: median(spent.map(({ cpuUs, tasks: all }) => cpuUs / all)),
    bytes: median(spent.map(({ bytes, tasks: all }) => bytes / all)),
  }));
}

export function taskCostLines(costs: readonly TaskCost[]): string {
  const least = costs[0]?.cpuUs ?? 1;

  return costs
    .map(
      ({ tasks, cpuUs, bytes }) =>
        `${String(tasks).padStart(5)} tasks in a row   ${cpuUs.toFixed(1)} us of CPU a task, ${(cpuUs / least).toFixed(2)} of the first   (aim: at most 2)   ${bytes.toFixed(0)} bytes a task   (aim: at most 1,200)`,
    )
    .join('\n');
}

/** No text of a definition holds five thousand tasks in a row: it may have 20,000 values. */
function inARow(tasks: number): Chart {
  const { definition, ref } = sequential(2);
  const [first, second] = definition.tasks;
  if (first === undefined || second === undefined) throw new Error('the definition lacks its tasks');
  const others = Array.from({ length: tasks - 1 }, (_, at) => ({
    ...{ ...second, id: `t${at + 1}`, dependsOn: [`t${at}`] },
  }));

  return compileChart({ ...definition, tasks: [first, ...others] }, ref);
}

type Played = { readonly cpuUs: number; readonly tasks: number; readonly bytes: number };

function playFor(chart: Chart, runs: number): Played {
  const before = process.cpuUsage();
  let [tasks, bytes] = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    const played = play(chart);
    tasks += played.tasks;
    bytes += played.bytes;
  }
  const { user, system } = process.cpuUsage(before);

  return { cpuUs: user + system, tasks, bytes };
}

/** One run without a server: its tasks are done as soon as they may begin. */
function play(chart: Chart): Pick<Played, 'tasks' | 'bytes'> {
  const time = '2026-01-01T00:00:00.000Z';
  const next: Command[] = [{ kind: 'startRun', run: '01KA0000000000000000000000', input: {} }];
  let run: Run = newRun(chart);
  let bytes = 0;
  for (let command = next.pop(); command !== undefined; command = next.pop()) {
    const decision = decide(run, command);
    if (!decision.ok) throw new Error(decision.refusal.message);
    const sealed = seal(run, { fact: decision.fact, time, actor: 'worker:noop' });
    run = sealed.run;
    bytes += Buffer.byteLength(sealed.body);
    for (const effect of sealed.effects)
      if (effect.kind === 'execute')
        next.push({
          ...{ kind: 'completeTask', task: effect.task, attempt: effect.attempt },
          ...{ worker: 'noop', startedAt: time, output: result },
        });
  }
  if (run.state.status !== 'COMPLETED') throw new Error(`the run is ${run.state.status}`);

  return { tasks: chart.plan.size, bytes };
}
