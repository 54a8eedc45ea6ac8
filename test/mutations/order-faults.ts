// Faults in when a task begins, which way is taken, and what is skipped.
import { type Fault, faultsIn } from './fault.ts';

const joins = faultsIn('chart/tasks/join.js', [
  {
    name: 'any-as-all',
    what: '`join: any` and `join: N` wait for all.',
    find: "const early = join !== 'all';",
    replace: 'const early = false;',
  },
  {
    name: 'one-fewer-is-enough',
    what: '`join: N` begins when one fewer has completed.',
    find: "join === 'all' || join === 'any' ? 1 : join;",
    replace: "join === 'all' || join === 'any' ? 1 : join - 1;",
  },
  {
    name: 'all-done-needs-one-completed',
    what: '`join: all_done` is skipped where nothing completed.',
    find: "if (join === 'all_done')",
    replace: 'if (false)',
  },
  {
    name: 'skip-not-passed-on',
    what: 'A task begins although everything it waited for was skipped.',
    find: "return all ? 'skip' : 'wait';",
    replace: "return all ? 'start' : 'wait';",
  },
  {
    name: 'skipped-too-early',
    what: 'A task is skipped as soon as one of its dependencies was.',
    find: "return all ? 'skip' : 'wait';",
    replace: "return settled.length > completed ? 'skip' : 'wait';",
  },
  {
    name: 'failed-counts-as-completed',
    what: 'A dependency that is settled counts as completed.',
    find: 'settled.filter((id) => isCompletedIn(tasks, id)).length',
    replace: 'settled.length',
  },
  {
    name: 'branch-goes-on-after-a-failure',
    what: 'A task of a branch begins although the one before it failed.',
    find: 'if (before.some(isFailed))',
    replace: 'if (false)',
  },
  {
    name: 'route-not-awaited',
    what: 'A task that only a decision starts begins without it.',
    find: "if (routed !== 'start')",
    replace: 'if (false)',
  },
  {
    name: 'branch-before-its-fork',
    what: 'A task of a branch begins before its FORK does.',
    find: "if (begun !== 'start')",
    replace: 'if (false)',
  },
  {
    name: 'not-chosen-not-skipped',
    what: 'What a decision did not choose waits for ever.',
    find: "isSettledIn(tasks, router.id)) ? 'skip' : 'wait'",
    replace: "isSettledIn(tasks, router.id)) ? 'wait' : 'wait'",
  },
  {
    name: 'old-branch-counts',
    what: 'What a branch came to counts although its FORK is about to be tried again.',
    find: "return states.includes('retrying') || states.includes('exhausted');",
    replace: 'return false;',
  },
]);

const regions = faultsIn('chart/region.js', [
  {
    name: 'condition-turned-round',
    what: 'A task is carried out when its `when` does not hold.',
    find: "event.fact.type === 'condition.evaluated' && event.fact.data.result",
    replace: "event.fact.type === 'condition.evaluated' && !event.fact.data.result",
  },
  {
    name: 'condition-not-asked',
    what: '`when` is not looked at.',
    find: "when === undefined ? begins : 'conditional'",
    replace: 'begins',
  },
  {
    name: 'skipped-by-hand-is-cancelled',
    what: 'A task that a person skips counts as cancelled.',
    find: "target: '.skipped', actions: change(byHand)",
    replace: "target: '.cancelled', actions: change(byHand)",
  },
  {
    name: 'output-by-hand-lost',
    what: 'The output that a person gives is not kept.',
    find: "fact.type === 'task.resolved' ? { ...task, output: given(fact.data.output) } : task",
    replace: 'task',
  },
]);

const decisions = [
  ...faultsIn('run/decide/decide-expression.js', [
    {
      name: 'default-before-cases',
      what: 'The default is taken, whatever the cases say.',
      find: 'for (const each of selected) {',
      replace:
        'if (task.defaultNext !== undefined) return accept(decisionMade(address, task, param.value, undefined)); for (const each of selected) {',
    },
    {
      name: 'case-condition-ignored',
      what: 'A case is taken whatever its `condition` says.',
      find: 'if (holds.result)',
      replace: 'if (true)',
    },
    {
      name: 'swapped-case',
      what: 'A case starts the tasks of the last one.',
      find: 'next: [...taken.next]',
      replace: 'next: [...(task.cases.at(-1)?.next ?? [])]',
    },
    {
      name: 'default-lost',
      what: 'Where no case fits nothing is started, default or not.',
      find: 'if (task.defaultNext !== undefined) {',
      replace: 'if (false) {',
    },
    {
      name: 'number-is-no-text',
      what: 'A number selects no case.',
      find: "typeof value === 'string' ? value : JSON.stringify(value)",
      replace: 'value',
    },
  ]),
  ...faultsIn('chart/chart.js', [
    {
      name: 'no-match-lost',
      what: 'A decision that takes no case has no end.',
      find: "[...cases, ...fallback, { state: 'no_match', value: undefined }]",
      replace: '[...cases, ...fallback]',
    },
    {
      name: 'no-match-unnamed',
      what: 'The output of a decision that takes no case says `default`.',
      find: "taken ?? 'NO_MATCH'",
      replace: "taken ?? 'default'",
    },
  ]),
];

export const orderFaults: readonly Fault[] = [...joins, ...regions, ...decisions];
