import { planOf } from '../../../machines/chart/plan.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import type { Definition } from '../../../machines/definition.ts';
import type { Task } from '../../../machines/task.ts';
import { isDynamic } from '../../../machines/task-names.ts';
import type { TimelineBar } from '../../api/run-parts.ts';
import { type BookRow, leadersIn } from '../insights/book-row.ts';
import { timelineOf } from '../task/timeline.ts';

/** A stretch of the time of a task, in ms since 1970; `toMs` is absent while it lasts. */
export type ReadBar = {
  readonly kind: TimelineBar['kind'];
  readonly fromMs: number;
  readonly toMs?: number;
  readonly attempt: number;
  readonly outcome?: string;
};

/** What one task of a run did. `id` is without the pass that it stands in. */
export type ReadTask = {
  readonly id: string;
  readonly type: string;
  /** The worker or person that carried it out, or was asked to. */
  readonly agent?: string;
  /** The people who may answer it. */
  readonly approvers: readonly string[];
  readonly bars: readonly ReadBar[];
};

/** What is kept of the history of a run to tell where time went by. */
export type RunReading = {
  readonly run: string;
  readonly definition: string;
  readonly department?: string;
  readonly tasks: readonly ReadTask[];
};

/** Reads the rows of a run by the definition that it goes by; without it nobody is known to have done anything. */
export function runReading(
  run: string,
  rows: readonly BookRow[],
  { id, definition }: { readonly id: string; readonly definition: Definition | undefined },
): RunReading {
  const plan = definition === undefined ? undefined : planOf(definition);
  const leaders = new Map(rows.flatMap(leadersIn));
  const begun = new Map(rows.flatMap(begunOf));
  const department = definition?.labels['department'] ?? definition?.labels['domain'];
  const tasks = timelineOf(rows, { definition }).rows.map(({ id: address, type, bars }): ReadTask => {
    const task = plan?.get(localId(address))?.task;
    const agent = leaders.get(address) ?? agentOf(task);
    const approvers =
      task?.type === 'HUMAN' ? (task.approvers?.names ?? []).filter((name) => !isDynamic(name)) : [];
    const done = {
      id: localId(address),
      type,
      approvers,
      bars: begunInTime(bars.map(readBar), (attempt) => begun.get(`${address} ${attempt}`)),
    };
    return agent === undefined ? done : { ...done, agent };
  });

  return { run, definition: id, tasks, ...(department === undefined ? {} : { department }) };
}

/** That an attempt began is noted a moment after; its end tells when that was. */
function begunOf({ line: { task }, attempt, startedAt }: BookRow): readonly (readonly [string, number])[] {
  return task === undefined || startedAt === undefined ? [] : [[`${task} ${attempt}`, Date.parse(startedAt)]];
}

function begunInTime(
  bars: readonly ReadBar[],
  begunMs: (attempt: number) => number | undefined,
): readonly ReadBar[] {
  const begins = (queued: ReadBar | undefined, running: ReadBar | undefined): number | undefined => {
    if (queued?.kind !== 'queued' || running?.kind !== 'running') return undefined;
    return Math.max(queued.fromMs, Math.min(begunMs(running.attempt) ?? running.fromMs, running.fromMs));
  };

  return bars.map((bar, index) => {
    const toMs = begins(bar, bars[index + 1]);
    const fromMs = begins(bars[index - 1], bar);
    return { ...bar, ...(toMs === undefined ? {} : { toMs }), ...(fromMs === undefined ? {} : { fromMs }) };
  });
}

function agentOf(task: Task | undefined): string | undefined {
  return task?.type === 'SIMPLE' && task.performer.kind === 'agent' ? task.performer.agent : undefined;
}

function readBar({ kind, from, to, attempt, outcome }: TimelineBar): ReadBar {
  return {
    kind,
    fromMs: Date.parse(from),
    attempt,
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}
