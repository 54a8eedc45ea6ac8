// Mistakes in the core: which event a command leads to, and what follows from it.
import type { Bug } from './bug.ts';

export const coreBugs: readonly Bug[] = [
  {
    name: 'attempts-one-too-many',
    what: 'A task is tried once more often than its policy says.',
    file: 'machines/chart/tasks/attempt-failure.js',
    find: 'attemptsOf(context.task) < policyAfter(task.retry, error.code).maxAttempts',
    replace: 'attemptsOf(context.task) <= policyAfter(task.retry, error.code).maxAttempts',
  },
  {
    name: 'retry-time-from-the-clock',
    what: 'When the next attempt is due is asked of the clock while the journal is folded.',
    file: 'machines/chart/tasks/attempt-failure.js',
    find: 'retryAt: dueTime(event.time,',
    replace: 'retryAt: dueTime(new Date().toISOString(),',
  },
  {
    name: 'undone-in-order',
    what: 'What a run did is undone first things first.',
    file: 'machines/chart/run/run-exit.js',
    find: '.reverse()',
    replace: '',
  },
  {
    name: 'first-of-all-is-enough',
    what: 'A task that waits for all of its dependencies begins when one has completed.',
    file: 'machines/chart/tasks/join.js',
    find: 'if (completed >= needed && (early || all))',
    replace: 'if (completed >= needed)',
  },
  {
    name: 'item-counted-twice',
    what: 'An item that completed counts twice.',
    file: 'machines/chart/tasks/do-while.js',
    find: 'completed: body.completed + 1',
    replace: 'completed: body.completed + 2',
  },
  {
    name: 'signal-not-kept',
    what: 'A signal that nobody waits for yet is forgotten.',
    file: 'machines/chart/run/root-patches.js',
    find: 'tasks.length > 0 ? {} : { signals: [...(run.signals ?? []), { name, data }] }',
    replace: '{}',
  },
  {
    name: 'one-person-approves-twice',
    what: 'Approvals are counted, whoever gives them.',
    file: 'machines/run/decide/decide-approval.js',
    find: 'if (again !== undefined)',
    replace: 'if (false)',
  },
  {
    name: 'anyone-approves',
    what: 'Nobody looks who approves.',
    file: 'machines/run/decide/decide-approval.js',
    find: 'if (mayBeAsked(asked, meant))',
    replace: 'if (true)',
  },
  {
    name: 'resumed-without-work',
    rare: true,
    what: 'A run that is resumed asks only for the work of the tasks that the event changed.',
    file: 'machines/run/record/evolve.js',
    find: "before.phase === after.state.phase && event.fact.type !== 'run.migrated' ? effectsOfChanged",
    replace: 'true ? effectsOfChanged',
  },
];
