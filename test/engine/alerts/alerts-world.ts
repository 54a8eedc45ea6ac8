// What the engines of one project see, the marks that they share, and engines over a clock that is moved by hand.

import { expect, onTestFinished } from 'vitest';
import type { Sighting } from '../../../machines/alerts/due-alerts.ts';
import type { AlertRule } from '../../../machines/serve-file/served.ts';
import { createAlertFeed } from '../../../src/engine/alerts/alert-feed.ts';
import { createAlertMarks } from '../../../src/engine/alerts/alert-marks.ts';
import { runAlerts } from '../../../src/engine/alerts/alerts.ts';
import type { RunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { type Alert, AlertNotDelivered } from '../../../src/ports/events/alert-delivery.ts';
import type { BoardLine } from '../../../src/ports/runs/board.ts';
import type { Agent } from '../../../src/ports/work/agent-admin.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { chartOf } from '../../support/chart-of.ts';
import { boardOf } from '../../support/indexed.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

export const began = '2026-01-01T00:00:00.000Z';
export const failing: AlertRule = { name: 'failed', on: 'run_failed', to: [{ kind: 'log' }] };
export const alone: AlertRule = { name: 'alone', on: 'no_worker', afterMs: 10_000, to: [{ kind: 'log' }] };

/** No definition of its runs has thresholds, and nothing is asked of their journals. */
export const noReader: Pick<RunReader, 'charts' | 'entries'> = {
  charts: { byHash: async () => chartOf('- {id: sign}') },
  entries: () => {
    throw new Error('no journal is read here');
  },
};

export function line(
  run: string,
  status: 'RUNNING' | 'FAILED' | 'COMPLETED',
  more: Partial<BoardLine> = {},
): BoardLine {
  const ended = status === 'RUNNING' ? {} : { endedAt: began };
  const definition = { id: 'pay', version: 1, hash: 'h' };
  const head = { definition, status, startedAt: began, settled: 0, tasks: 1, active: [], error: 'paint.dry' };

  return { run, sequence: 3, updatedAt: began, position: 1, head: { ...head, ...ended }, ...more };
}

const idle: Agent = {
  name: 'GREETER',
  level: 'L3',
  skills: [],
  capacity: 1,
  transport: { kind: 'nats' },
  declared: false,
  workers: [],
};

/** What the engines of one project see, and the place where what they said stands. */
export function createWorld() {
  const clock = createManualClock(Date.parse(began));
  const marks = createMemoryMarkStore();
  const said: { readonly alert: Alert; readonly to: string }[] = [];
  const troubles: string[] = [];
  const seen = { lines: [] as BoardLine[], waiting: 0, workers: idle.workers };

  return { clock, marks, said, troubles, seen };
}
type World = ReturnType<typeof createWorld>;

type Conduct = {
  /** So often it cannot say an alert. */
  readonly fails?: number;
  /** It dies while it says it there. */
  readonly hangsAt?: string;
  /** What it waits for before it says anything. */
  readonly slow?: () => Promise<void>;
  readonly isMuted?: (sighting: Sighting) => Promise<boolean>;
};

export function engineOf(
  world: World,
  rules: readonly AlertRule[],
  { fails = 0, hangsAt, slow, isMuted = async () => false }: Conduct = {},
) {
  const { clock, marks, said, troubles, seen } = world;
  const feed = createAlertFeed();
  const heard: string[] = [];
  feed.onAlert(({ text }) => heard.push(text));
  let failures = 0;
  const alerts = runAlerts({
    board: boardOf(() => seen.lines),
    workflows: { waitingApprovals: async () => [], deadLetters: async () => [] },
    reader: noReader,
    agents: {
      agents: () => [{ ...idle, workers: seen.workers }],
      depths: async () => new Map([['GREETER', { waiting: seen.waiting, taken: 0 }]]),
    },
    clock,
    rules: () => rules,
    marks: createAlertMarks(marks, clock),
    delivery: {
      deliver: async (alert, target) => {
        const to = target.kind === 'webhook' ? target.url : target.kind;
        if (to === hangsAt) await new Promise(() => undefined);
        await slow?.();
        if (failures++ < fails) throw new AlertNotDelivered('chat.example answered 500');
        said.push({ alert, to });
      },
    },
    isMuted,
    onAlert: feed.say,
    onTrouble: (message) => troubles.push(message),
    dashboard: () => 'http://127.0.0.1:7420',
  });
  onTestFinished(() => alerts.close());

  return { heard, close: alerts.close };
}

/** Moves the time until it is so. */
export function whenLooking<T>(clock: ManualClock, read: () => T) {
  const look = () => {
    clock.advance(1_000);

    return read();
  };

  return expect.poll(look, { timeout: 10_000, interval: 2 });
}

/** Time enough for all engines to have looked several times. */
export async function someLooks({ clock }: World): Promise<void> {
  for (let looks = 0; looks < 20; looks++) {
    clock.advance(1_000);
    for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  }
}
