// What the tests of schedules share: an engine on stores in memory, one manual clock, and desks that look after
// schedules, each of which may die. A run is open until somebody approves it.

import { onTestFinished } from 'vitest';
import type { FactMembers } from '../../../events/catalogue.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { TriggerRef } from '../../../events/run-events.ts';
import { authorityOf, type Principal } from '../../../machines/agents/authority.ts';
import { loadDefinition } from '../../../machines/language/load-definition.ts';
import type { ScheduleState } from '../../../machines/triggers/plan-schedule.ts';
import { createKnownTriggers } from '../../../src/engine/triggers/known-triggers.ts';
import { createPausedTriggers } from '../../../src/engine/triggers/paused-triggers.ts';
import { createScheduleMarks, scheduleKey } from '../../../src/engine/triggers/schedule-marks.ts';
import { createSchedules, type SchedulesDeps } from '../../../src/engine/triggers/schedules.ts';
import { startTriggered } from '../../../src/engine/triggers/start-triggered.ts';
import { createTriggersDesk } from '../../../src/engine/triggers/trigger-admin.ts';
import type { DefinitionStore } from '../../../src/ports/definitions/definition-store.ts';
import type { TriggersDesk } from '../../../src/ports/events/trigger-admin.ts';
import { createMemoryEventOutcomes } from '../../../src/stores/memory/event-outcomes.ts';
import { createMemoryEventPublisher } from '../../../src/stores/memory/event-publisher.ts';
import { createMemoryMarkStore } from '../../../src/stores/memory/mark-store.ts';
import { createWorld, settled } from '../node-world.ts';

export const minuteMs = 60_000;

/** Every minute, and the run waits for a person. */
export function definitionText(
  schedule: string,
  { id = 'reports', version = 1, input = '', tasks = '{id: ask, type: HUMAN, wait_for_approval: true}' } = {},
): string {
  return `workflow:
  id: ${id}
  version: ${version}
  labels: {domain: ops}
  triggers: [{cron: '* * * * *', id: minutely, ${schedule}}]
  input: {${input}}
  tasks: [${tasks}]
`;
}

export async function createScheduleWorld({ engine = true } = {}) {
  const world = createWorld();
  const { clock, journal, definitions } = world;
  const marks = createMemoryMarkStore();
  const troubles: string[] = [];
  const onTrouble = (error: unknown) =>
    void troubles.push(error instanceof Error ? error.message : String(error));
  if (engine) await (await world.join('one')).node.workOnAll();

  /** Someone who looks after schedules, until it is ended; `planted` takes the place of what it works with. */
  function tend(planted: Partial<SchedulesDeps> = {}): () => Promise<void> {
    const known = createKnownTriggers({ definitions, clock, onTrouble });
    const paused = createPausedTriggers({ marks, clock, onTrouble });
    const stop = new AbortController();
    const deps = { known, paused, marks, reader: journal, clock, onTrouble };
    const running = createSchedules({
      ...deps,
      start: (start) =>
        startTriggered({ ...world, reader: { ...world.journal, archived: async () => undefined } }, start),
      ...planted,
    }).run(stop.signal);
    const cutOff = (): void => {
      stop.abort();
      known.close();
      paused.close();
    };
    // One that has died never ends: it is not waited for.
    onTestFinished(cutOff);

    return () => {
      cutOff();
      return running;
    };
  }

  async function pass(ms: number, strideMs = 5_000): Promise<void> {
    await quiet();
    for (let left = ms; left > 0; left -= strideMs) {
      clock.advance(Math.min(strideMs, left));
      await quiet();
    }
  }

  const starts = async (): Promise<readonly JournalRecord[]> =>
    (await recordsOf(world)).filter(({ type }) => type === 'run.started');

  return {
    ...world,
    marks,
    troubles,
    tend,
    pass,
    register: async (text: string) => {
      const read = loadDefinition({ file: 'reports.yaml', content: text });
      if (!read.ok) throw new Error(read.problems[0]?.message);
      await definitions.register({ ...read.loaded, file: 'reports.yaml' });
      await quiet();
    },
    /** The times that runs were started for, in the order of their starts. */
    runs: async () =>
      (await starts()).map(({ data }) => TriggerRef.parse((data.fact as FactMembers).trigger).tick ?? 'none'),
    starters: async () => (await starts()).map(({ actor }) => actor),
    approveAll: async () => {
      const workflows = world.asking();
      for (const { run, head } of await workflows.list()) {
        if (head.status !== 'RUNNING') continue;
        await workflows.command(run, { kind: 'approve', task: 'ask', by: 'ana' }, 'ana');
      }
      await quiet();
    },
    state: async (): Promise<ScheduleState | undefined> =>
      (await createScheduleMarks(marks).read(scheduleKey('reports', 'minutely'))).value,
    desk: (
      principals: readonly Principal[] = [],
      read: Partial<DefinitionStore> = {},
      isKnown = async (_run: string) => false,
    ): TriggersDesk =>
      createTriggersDesk({
        known: createKnownTriggers({ definitions: { ...definitions, ...read }, clock, onTrouble }),
        marks,
        outcomes: createMemoryEventOutcomes(),
        events: createMemoryEventPublisher(),
        reader: { ...journal, isKnown },
        leases: world.leases,
        authority: authorityOf(principals),
        clock,
        isDead: () => false,
        close: () => Promise.resolve(),
      }),
  };
}

/** What can happen without the clock has happened. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await settled();
}

async function recordsOf({ journal }: Pick<ReturnType<typeof createWorld>, 'journal'>) {
  const positions: [number, JournalRecord][] = [];
  for await (const { run } of journal.lastOfEach()) {
    for await (const stored of journal.read(run)) {
      if (stored.kind === 'record') positions.push([stored.position, stored.record]);
    }
  }

  return positions.sort(([a], [b]) => a - b).map(([, record]) => record);
}

/** `09:01` on the first day of 2026, which is when the clock of the tests begins at 00:00. */
export const at = (time: string): string => `2026-01-01T${time}:00.000Z`;
