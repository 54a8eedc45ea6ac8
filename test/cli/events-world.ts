// The command line over a desk that the test plays: what an engine makes of events is tested with the engine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CloudEvent } from '../../events/cloud-event.ts';
import type { EventOutcome } from '../../events/event-outcome.ts';
import { runCli } from '../../src/cli/program/program.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { OutcomeFilter } from '../../src/ports/events/outcome-filter.ts';
import type { TriggerRefusal, TriggersDesk } from '../../src/ports/events/trigger-admin.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryApp, type MemoryApp } from './memory-app.ts';
import type { Ran } from './project.ts';
import { createTestIo } from './test-io.ts';

type Played = {
  readonly emitted: { readonly event: CloudEvent; readonly as: string }[];
  readonly asked: OutcomeFilter[];
  readonly cli: (args: readonly string[], input?: string) => Promise<Ran>;
  readonly folder: string;
};

/** Goes on to the next moment somebody waits for as soon as nothing else is left to do. */
function createHastyClock(): Clock {
  const clock = createManualClock(Date.parse('2026-01-31T09:00:00Z'));
  const due: number[] = [];

  return {
    now: clock.now,
    steady: clock.steady,
    after: (delayMs, callback) => {
      due.push(clock.now() + delayMs);
      due.sort((a, b) => a - b);
      setImmediate(() => clock.advance(Math.max(0, (due.shift() ?? 0) - clock.now())));
      return clock.after(delayMs, callback);
    },
  };
}

type Plan = {
  readonly outcomes?: readonly EventOutcome[];
  readonly isAttended?: boolean;
  readonly refusal?: TriggerRefusal;
  /** Such an event was published before. */
  readonly isKnown?: boolean;
  /** From this look on there is no answer. */
  readonly hangsAt?: number;
  /** What becomes of an event, from the second look on. */
  readonly becomes?: (event: CloudEvent) => EventOutcome;
};

export async function play(given: Plan = {}): Promise<Played> {
  const { outcomes = [], isAttended = true, refusal, becomes, isKnown = false, hangsAt } = given;
  const folder = await mkdtemp(join(tmpdir(), 'workflow-events-'));
  // An engine that is about to end may still write there.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const emitted: Played['emitted'] = [];
  const asked: OutcomeFilter[] = [];
  const notAsked = () => Promise.reject(new Error('nobody asks for that here'));
  const desk: TriggersDesk = {
    triggers: notAsked,
    schedules: notAsked,
    pause: notAsked,
    resume: notAsked,
    runNow: notAsked,
    backfill: notAsked,
    tryBackfill: notAsked,
    emit: async (event, { as }) => {
      if (refusal === undefined) emitted.push({ event, as });
      return refusal ?? { stored: !isKnown };
    },
    outcomes: async (filter) => {
      asked.push(filter);
      if (hangsAt !== undefined && asked.length >= hangsAt) return new Promise(() => undefined);
      const late =
        becomes === undefined || asked.length < 2 ? [] : emitted.map(({ event }) => becomes(event));
      return [...late, ...outcomes]
        .slice(0, filter.limit)
        .map((outcome, index) => ({ place: 1_000 - index, outcome }));
    },
    outcome: async (position) => outcomes.find((each) => each.position === position),
    isAttended: async () => isAttended,
    close: async () => undefined,
  };
  const clock = createHastyClock();
  const real = createMemoryApp();
  const app: MemoryApp = {
    ...real,
    ports: async (...asked) => {
      const { ports, close } = await real.ports(...asked);
      return { ports: { ...ports, triggers: desk, clock }, close };
    },
  };

  return {
    emitted,
    asked,
    folder,
    cli: async (args, input = '') => {
      const io = createTestIo({ cwd: folder, input, clock });
      await writeFile(join(folder, '3ox.yaml'), '');
      const exit = await runCli(['--project', folder, ...args], app, io);
      return { exit, out: io.out(), err: io.err() };
    },
  };
}

export const lead: CloudEvent = {
  specversion: '1.0',
  id: 'lead-7',
  source: '/crm',
  type: 'lead_qualification',
  time: '2026-01-31T08:59:59.000Z',
  data: { score: 80 },
};

export function outcome(given: Partial<EventOutcome> = {}): EventOutcome {
  return {
    position: 12,
    at: '2026-01-31T09:00:00.000Z',
    status: 'taken',
    type: 'lead_qualification',
    event: lead,
    effects: [{ kind: 'started', definition: 'leads', trigger: 'lead_qualification', run: 't123' }],
    ...given,
  };
}
