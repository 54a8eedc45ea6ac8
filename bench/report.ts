import type { EventsCost } from './events.ts';
import type { ExploreCost, ExploredCost } from './explore.ts';
import type { FairnessCost } from './fairness.ts';
import type { ForEachCost } from './for-each.ts';
import type { GoalsCost } from './goals.ts';
import { type TaskCost, taskCostLines } from './long-run.ts';
import type { Measured } from './measure.ts';
import type { SeveralEngines } from './several-engines.ts';
import type { SnapshotGain } from './snapshot.ts';
import { median } from './statistics.ts';
import type { WideForkCost } from './wide-fork.ts';
import type { WorkersCost } from './workers.ts';

export type Report = {
  /** Pipelined publish with optimistic check, on a server without fsync. */
  readonly rawPublishPerSecond: number;
  /** One publish at a time, on the server the engine is measured on. */
  readonly rawRoundTripMs: number;
  readonly measured: readonly Measured[];
  /** CPU of `workflow --help`. */
  readonly helpCpuMs: number;
  readonly forEach: ForEachCost;
  readonly snapshot: SnapshotGain;
  readonly engines: SeveralEngines;
  readonly workers: WorkersCost;
  readonly wideFork: WideForkCost;
  readonly fairness: FairnessCost;
  readonly goals: GoalsCost;
  readonly events: EventsCost;
  readonly explore: ExploreCost;
  readonly longRun: { readonly tasks: number; readonly ms: number; readonly secondHalfToFirst: number };
  readonly taskCosts: readonly TaskCost[];
};

const columns = [
  'workload',
  'conc',
  'runs/s',
  'events/s',
  'p50 ms',
  'p99 ms',
  'us cpu/event',
  'server us/event',
  'of raw',
];
const widths = [14, 5, 8, 9, 8, 8, 13, 16, 7];

/** Prints the medians of the rounds as a table, and the three ratios that are kept. */
export function printReport(report: Report): void {
  const lines = [...groups(report.measured).values()].map((group) =>
    lineOf(group, report.rawPublishPerSecond),
  );
  const sequential = (concurrency: number) =>
    report.measured.filter((each) => each.workload === 'sequential-5' && each.concurrency === concurrency);
  const ofRaw = median(sequential(200).map((each) => each.eventsPerSecond)) / report.rawPublishPerSecond;
  const trips = median(sequential(1).map((each) => each.p50Ms)) / report.rawRoundTripMs;

  process.stdout.write(`${[columns, ...lines].map(padded).join('\n')}

raw pipelined publish, no fsync   ${report.rawPublishPerSecond.toFixed(0)} events/s
raw publish round trip, fsync     ${report.rawRoundTripMs.toFixed(3)} ms
sequential-5 at 200 to raw        ${ofRaw.toFixed(2)}   (aim: at least 0.35)
sequential-5 alone in round trips ${trips.toFixed(1)}   (aim: at most 8)
500 tasks: second half to first   ${report.longRun.secondHalfToFirst.toFixed(2)}   (aim: at most 1.3; ${report.longRun.ms.toFixed(0)} ms)
${taskCostLines(report.taskCosts)}
${report.forEach.items} items: each to one of 100     ${report.forEach.toFew.toFixed(2)}   (aim: at most 1.5; ${report.forEach.msPerItem.toFixed(3)} ms an item, peak heap +${report.forEach.peakHeapMb.toFixed(0)} MB)
${snapshotLine(report.snapshot)}
${enginesLine(report.engines)}
${workersLine(report.workers)}
${wideForkLine(report.wideFork)}
${fairnessLine(report.fairness)}
${goalsLine(report.goals)}
${eventsLine(report.events)}
${exploreLines(report.explore)}
workflow --help                   ${report.helpCpuMs.toFixed(0)} ms of CPU   (budget: 120)
`);
}

function snapshotLine({ events, wholeMs, quickMs, textMb }: SnapshotGain): string {
  const ratio = (wholeMs / quickMs).toFixed(0);

  return `${events} events: load to snapshot ${ratio.padStart(5)}   (aim: at least 20; ${wholeMs.toFixed(0)} ms, ${quickMs.toFixed(0)} ms, snapshot of ${textMb.toFixed(1)} MB)`;
}

/** The line of two engine processes against one. */
export function enginesLine({ inFlight, onePerSecond, twoPerSecond, twoToOne }: SeveralEngines): string {
  return `two engine processes to one       ${twoToOne.toFixed(2)}   (sequential-5 at ${inFlight}: ${onePerSecond.toFixed(0)} and ${twoPerSecond.toFixed(0)} runs/s)`;
}

/** The lines of worker processes against the process of the engine. */
export function workersLine(cost: WorkersCost): string {
  const { inFlight, herePerSecond, workersPerSecond, workersToHere, hereAloneMs, workersAloneMs } = cost;
  const rates = `${workersPerSecond.toFixed(0)} and ${herePerSecond.toFixed(0)} runs/s`;
  const alone = `one run alone ${workersAloneMs.toFixed(1)} and ${hereAloneMs.toFixed(1)} ms`;

  return `four worker processes to in-process ${workersToHere.toFixed(2)}   (5 tasks in a row at ${inFlight}: ${rates}; ${alone})`;
}

/** The line of a wide FORK whose tasks ask for a skill against one whose tasks name their agent. */
export function wideForkLine({ tasks, bySkillMs, byNameMs, skillToName }: WideForkCost): string {
  const times = `${bySkillMs.toFixed(0)} and ${byNameMs.toFixed(0)} ms`;

  return `FORK of ${tasks} tasks by skill to by name ${skillToName.toFixed(2)}   (${times})`;
}

/** The line of a tenant whose runs meet those of another one that floods the agent. */
export function fairnessLine({ flood, aloneP95Ms, floodedP95Ms, floodedToAlone }: FairnessCost): string {
  const times = `p95 ${floodedP95Ms.toFixed(0)} and ${aloneP95Ms.toFixed(0)} ms`;

  return `a tenant beside ${flood} runs of another ${floodedToAlone.toFixed(2)}   (aim: at most 1.3; ${times})`;
}

/** The line of KPIs that are measured from ended runs. */
export function goalsLine({ runs, ms, toReading }: GoalsCost): string {
  return `${runs} runs into three KPIs to reading them ${toReading.toFixed(1)}   (aim: at most 5,000 ms; ${ms.toFixed(0)} ms)`;
}

/** The line of events that come in against publishing them. */
export function eventsLine({ events, roundTripMs, p50Ms, p99Ms }: EventsCost): string {
  const [p50, p99] = [p50Ms, p99Ms].map((each) => (each / roundTripMs).toFixed(1));
  const times = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, round trip ${roundTripMs.toFixed(2)} ms`;

  return `event to first task, in round trips ${p50}, p99 ${p99}   (${events} events, one at a time: ${times})`;
}

/** The lines of exploring definitions and choosing scenarios against folding as many events. */
export function exploreLines({ fork, library }: ExploreCost): string {
  const perSecond = ((library.definitions * 1000) / library.ms).toFixed(1);

  return `${library.definitions} definitions: explore to fold    ${library.toFolding.toFixed(1).padStart(5)}   (${sizesOf(library)}; ${perSecond} definitions a second)
16 tasks, retries: explore to fold ${fork.toFolding.toFixed(1).padStart(4)}   (aim: at most 2,000 ms; ${sizesOf(fork)})`;
}

function sizesOf({ ms, scenes, scenarios }: ExploredCost): string {
  return `${ms.toFixed(0)} ms, ${scenes} scenes, ${scenarios} scenarios`;
}

function groups(measured: readonly Measured[]): ReadonlyMap<string, readonly Measured[]> {
  const byKey = new Map<string, Measured[]>();
  for (const each of measured) {
    const key = `${each.workload} ${each.concurrency}`;
    byKey.set(key, [...(byKey.get(key) ?? []), each]);
  }

  return byKey;
}

function lineOf(group: readonly Measured[], raw: number): readonly string[] {
  const of = (pick: (each: Measured) => number) => median(group.map(pick));
  const eventsPerSecond = of((each) => each.eventsPerSecond);

  return [
    group[0]?.workload ?? '',
    String(group[0]?.concurrency ?? 0),
    of((each) => each.runsPerSecond).toFixed(0),
    eventsPerSecond.toFixed(0),
    of((each) => each.p50Ms).toFixed(2),
    of((each) => each.p99Ms).toFixed(2),
    of((each) => each.cpuUsPerEvent).toFixed(0),
    of((each) => each.serverCpuUsPerEvent).toFixed(0),
    (eventsPerSecond / raw).toFixed(2),
  ];
}

function padded(cells: readonly string[]): string {
  return cells
    .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 8)))
    .join(' ');
}
