import type { BulkReport, BulkRequest } from '../../../api/commands.ts';
import type { RunList } from '../../../api/run.ts';
import { getJson, postJson } from '../../api/client.ts';
import type { RunFilter } from './run-filter.ts';

export type BulkKind = BulkRequest['command']['kind'];
/** The runs that match a filter, or those chosen by hand. */
export type BulkTarget = { readonly filter: RunFilter } | { readonly runs: readonly string[] };

/** As many ids as fit into the terms of one request. */
const RUNS_MAX = 70;
const PAGE_ROWS = 1_000;

/** The ids of the runs that are meant, as they are now: what is done later is done to these and to no others. */
export async function targetRuns(target: BulkTarget): Promise<readonly string[]> {
  if ('runs' in target) return target.runs;
  const { q, where, status } = target.filter;
  const runs: string[] = [];
  let after: string | undefined;
  do {
    const list: RunList = await getJson(['runs'], {
      q,
      where,
      status,
      sort: 'started',
      limit: PAGE_ROWS,
      after,
    });
    runs.push(...list.items.map(({ run }) => run));
    after = list.next;
  } while (after !== undefined);

  return runs;
}

export type BulkOrder = {
  readonly runs: readonly string[];
  readonly kind: BulkKind;
  readonly reason?: string | undefined;
  readonly dryRun: boolean;
  /** Told after each part, with how many runs have been asked. */
  readonly onProgress?: (asked: number) => void;
};

/** Asks the same of many runs, part by part, and answers with one report of all. */
export async function askMany({ runs, kind, reason, dryRun, onProgress }: BulkOrder): Promise<BulkReport> {
  const command = { kind, ...(reason === undefined ? {} : { reason }) };
  let report: BulkReport = { where: '', dryRun, total: 0, changed: 0, refused: 0, items: [] };
  for (const part of parts(runs, RUNS_MAX)) {
    const request: BulkRequest = {
      where: `run=${part.join(',')}`,
      command,
      dryRun,
      expectCount: part.length,
    };
    report = joinedReports(report, await postJson(['runs', 'bulk'], request));
    onProgress?.(report.total);
  }

  return report;
}

/** The same things in parts of at most so many. */
export function parts<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Two reports as one. */
export function joinedReports(one: BulkReport, other: BulkReport): BulkReport {
  return {
    ...other,
    total: one.total + other.total,
    changed: one.changed + other.changed,
    refused: one.refused + other.refused,
    items: [...one.items, ...other.items],
  };
}

type BulkWords = { readonly label: string; readonly effect: string; readonly isEnding: boolean };

/** What can be asked of many runs at once, and what it does to each. */
export const bulkWords: Readonly<Record<BulkKind, BulkWords>> = {
  retryRun: {
    label: 'Retry',
    effect:
      'Each goes on from what failed; what was completed is kept. The same runs go on, no new ones begin.',
    isEnding: false,
  },
  pauseRun: { label: 'Pause', effect: 'What is under way ends; nothing new begins.', isEnding: false },
  resumeRun: { label: 'Resume', effect: 'Each goes on from where it was paused.', isEnding: false },
  cancelRun: {
    label: 'Cancel',
    effect: 'Each ends in order: what it has done is undone where its definition says how.',
    isEnding: true,
  },
  terminateRun: {
    label: 'Terminate',
    effect: 'Each ends at once and nothing is undone. What agents are doing may still finish outside.',
    isEnding: true,
  },
  dropDeadLetter: {
    label: 'Drop dead letter',
    effect: 'Nobody is asked to look at the failure any more.',
    isEnding: false,
  },
};
