// The record of executions, made from the journal: one line a run, with who worked on it and what came of it. Method:
// runs driven through the real core and written to a journal in memory, one asked question, the whole answer.
import { expect, test } from 'vitest';
import type { TriggerRef } from '../../../events/run-events.ts';
import type { Command } from '../../../machines/run/decide/command.ts';
import { executions } from '../../../src/engine/queries/executions.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import type { Execution, ExecutionFilter } from '../../../src/ports/runs/executions.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import { createMemoryJournal, type MemoryJournal } from '../../../src/stores/memory/journal.ts';
import { chartOf } from '../../support/chart-of.ts';
import { type Driven, undrivenRun } from '../../support/run-spec.ts';

const chart = chartOf(
  `
  - { id: analyse, assigned_to: finance_financial_analyst, retry_policy: { max_attempts: 2 }, output: [milestone] }
  - { id: plan, requires: [plan], depends_on: analyse }
  - { id: check, uses: notify, depends_on: plan }
  - { id: late, assigned_to: never_asked, depends_on: check, when: "1 > 2" }
  `,
  'output: [milestone]',
);
const charts = { byHash: async () => chart };
const milestone: TriggerRef = { kind: 'event', id: 'revenue_milestone' };

type Origin = Pick<Extract<Command, { kind: 'startRun' }>, 'trigger' | 'parent'>;

/** A run that was started so many seconds into 2026. */
function begun(run: string, seconds: number, origin: Origin = {}): Driven {
  return undrivenRun(chart)
    .passes(seconds * 1000)
    .does({ kind: 'startRun', run, input: {}, ...origin });
}

function starts(driven: Driven, task: string): Driven {
  return driven.does({ kind: 'startTask', task, attempt: driven.at(task).attempt, worker: 'tester' });
}

async function keep(journal: MemoryJournal, run: string, { bodies }: Driven): Promise<void> {
  const last = await journal.last(run);
  let after = last?.position ?? 0;
  const kept = last?.kind === 'record' ? last.record.sequence : 0;
  for (const [index, body] of [...bodies.entries()].slice(kept))
    after = await journal.append({ run, id: `${run}/${index + 1}`, body, after });
}

async function found(journal: Journal, filter: ExecutionFilter = {}): Promise<readonly Execution[]> {
  const all: Execution[] = [];
  for await (const each of executions(createRunReader({ journal, charts }), filter)) all.push(each);

  return all;
}

function assign(driven: Driven, agents: readonly string[]): Driven {
  const { attempt } = driven.at('plan');
  const team = agents.map((agent) => ({ agent, skills: ['plan'] }));

  return driven.does({ kind: 'assignTasks', assignments: [{ task: 'plan', attempt, agents: team }] });
}

test('a run is a line with the agents that began a task, in that order, and its output', async () => {
  const journal = createMemoryJournal();
  const run = begun('one', 0, { trigger: milestone });
  starts(run, 'analyse').passes(2_000).fails('analyse').passes(60_000);
  starts(run, 'analyse').completes('analyse', { milestone: 4167 });
  assign(run, ['strategy_strategic_planner', 'strategy_assistant']);
  starts(run, 'plan').completes('plan').completes('check');
  await keep(journal, 'before', begun('before', 0));
  const position = (await journal.end()) + 1;
  await keep(journal, 'one', run);

  expect(await found(journal, { trigger: 'revenue_milestone' })).toEqual([
    {
      position,
      run: 'one',
      definition: chart.ref,
      trigger: 'revenue_milestone',
      agents: ['finance_financial_analyst', 'strategy_strategic_planner', 'strategy_assistant'],
      status: 'COMPLETED',
      result: { milestone: 4167 },
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: run.run().state.endedAt,
    },
  ]);
});

test('an agent that was only asked, and never began, was not involved', async () => {
  const journal = createMemoryJournal();
  const run = begun('one', 0);
  starts(run, 'analyse').completes('analyse', { milestone: 1 });
  assign(run, ['first_choice']);
  assign(run, ['strategy_strategic_planner']);
  await keep(journal, 'one', run);
  expect(await found(journal)).toMatchObject([{ agents: ['finance_financial_analyst'], status: 'RUNNING' }]);

  starts(run, 'plan');
  await keep(journal, 'one', run);
  expect((await found(journal))[0]?.agents).toEqual([
    'finance_financial_analyst',
    'strategy_strategic_planner',
  ]);
});

test('the latest start comes first, as far as it fits: by trigger, definition, time and number', async () => {
  const journal = createMemoryJournal();
  const parent = { run: 'one', task: 'analyse', attempt: 1 };
  await keep(journal, 'two', begun('two', 2));
  await keep(journal, 'one', begun('one', 1, { trigger: milestone }));
  await keep(journal, 'three', begun('three', 3, { parent }));
  const runs = async (filter: ExecutionFilter) => (await found(journal, filter)).map(({ run }) => run);
  expect(await runs({})).toEqual(['three', 'two', 'one']);
  expect(await runs({ limit: 2 })).toEqual(['three', 'two']);
  expect(await runs({ trigger: 'manual' })).toEqual(['two']);
  expect(await runs({ trigger: 'sub-workflow' })).toEqual(['three']);
  expect(await runs({ trigger: 'revenue_milestone', limit: 1 })).toEqual(['one']);
  expect(await runs({ definition: 'under-test', sinceMs: Date.parse('2026-01-01T00:00:02Z') })).toEqual([
    'three',
    'two',
  ]);
  expect(await runs({ definition: 'other' })).toEqual([]);
  expect(await runs({ limit: 1, after: 'three' })).toEqual(['two']);
  expect(await runs({ trigger: 'revenue_milestone', after: 'two' })).toEqual(['one']);
  expect(await runs({ after: 'one' })).toEqual([]);
  await expect(runs({ after: 'gone' })).rejects.toMatchObject({ code: 'run.not-found' });
});

test('a run that is damaged is a line, too, with what can still be told of it', async () => {
  const journal = createMemoryJournal();
  const run = begun('one', 0);
  starts(run, 'analyse');
  await keep(journal, 'one', run);
  journal.plant({ run: 'one', body: 'not ours' });
  expect(await found(journal)).toMatchObject([
    { run: 'one', position: 1, status: 'QUARANTINED', agents: ['finance_financial_analyst'] },
  ]);
});

test('a hundred runs are read, each once, and no more at a time than a few', async () => {
  const journal = createMemoryJournal();
  for (let each = 0; each < 100; each++) await keep(journal, `run-${each}`, begun(`run-${each}`, each));
  let open = 0;
  let openMax = 0;
  const slow: Journal = {
    ...journal,
    read: async function* (run) {
      open += 1;
      openMax = Math.max(openMax, open);
      await new Promise((resolve) => setImmediate(resolve));
      yield* journal.read(run);
      open -= 1;
    },
  };
  const runs = (await found(slow)).map(({ run }) => run);
  expect(runs).toEqual(Array.from({ length: 100 }, (_, index) => `run-${99 - index}`));
  expect(openMax).toBeGreaterThan(1);
  expect(openMax).toBeLessThanOrEqual(16);
});

test('a journal that cannot be read is said, not left out', async () => {
  const journal = createMemoryJournal();
  for (const run of ['one', 'two']) await keep(journal, run, begun(run, 0));
  const broken: Journal = {
    ...journal,
    read: (run) => {
      if (run === 'one') throw new Error('gone for now');
      return journal.read(run);
    },
  };
  await expect(found(broken)).rejects.toThrow('gone for now');
});
