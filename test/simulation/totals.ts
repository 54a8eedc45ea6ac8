import { templates } from './templates/all.ts';
import { allFaults, type Fault } from './world/faults.ts';

/** What came of a seed, as it crosses from thread to thread. */
export type SeedReport = {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly counts: readonly (readonly [Fault, number])[];
  readonly templates: readonly string[];
  readonly events: number;
  readonly runs: number;
  readonly virtualMs: number;
};

/** What many seeds came to together. */
export type Totals = {
  readonly add: (report: SeedReport) => void;
  readonly seeds: () => number;
  readonly failed: () => readonly SeedReport[];
  /** Faults and templates that occurred too rarely for what was run to mean anything. */
  readonly missing: () => readonly string[];
  readonly text: (tookMs: number) => string;
};

/** Every fault has to strike at least once in so many seeds, and every template to be run. */
const seedsPerFaultMax = 100;
/** Fewer seeds are a look, and may miss anything. */
const seedsMin = 1_000;

export function createTotals(): Totals {
  const counts = new Map<Fault, number>();
  const used = new Map<string, number>();
  const failed: SeedReport[] = [];
  const sums = { seeds: 0, events: 0, runs: 0, virtualMs: 0 };

  function missing(): readonly string[] {
    if (sums.seeds < seedsMin) return [];
    const least = Math.floor(sums.seeds / seedsPerFaultMax);
    const names = templates.map(({ name }) => name);

    return [
      ...allFaults.filter((fault) => (counts.get(fault) ?? 0) < least).map((fault) => `fault "${fault}"`),
      ...names.filter((name) => (used.get(name) ?? 0) < least).map((name) => `template "${name}"`),
    ];
  }

  return {
    add: (report) => {
      sums.seeds += 1;
      sums.events += report.events;
      sums.runs += report.runs;
      sums.virtualMs += report.virtualMs;
      for (const [fault, count] of report.counts) counts.set(fault, (counts.get(fault) ?? 0) + count);
      for (const name of new Set(report.templates)) used.set(name, (used.get(name) ?? 0) + 1);
      if (report.violations.length > 0) failed.push(report);
    },
    seeds: () => sums.seeds,
    failed: () => failed,
    missing,
    text: (tookMs) =>
      [
        `${sums.seeds} seeds, ${failed.length} with violations`,
        `${sums.runs} runs, ${sums.events} events, ${(sums.virtualMs / 3_600_000).toFixed(1)} hours of virtual time`,
        `${(tookMs / 1_000).toFixed(1)} s, ${((1_000 * sums.seeds) / tookMs).toFixed(0)} seeds a second`,
        'faults injected:',
        ...allFaults.map((fault) => `  ${String(counts.get(fault) ?? 0).padStart(9)}  ${fault}`),
        'seeds that ran each template:',
        ...templates.map(({ name }) => `  ${String(used.get(name) ?? 0).padStart(9)}  ${name}`),
      ].join('\n'),
  };
}
