// Faults in what is done several times, or side by side.
import { type Fault, faultsIn } from './fault.ts';

export const bodyFaults: readonly Fault[] = [
  ...faultsIn('chart/tasks/fork.js', [
    {
      name: 'one-failure-fewer-tolerated',
      what: '`tolerate_failures` tolerates one fewer.',
      find: 'return failed <= tolerateFailures;',
      replace: 'return failed < tolerateFailures;',
    },
    {
      name: 'one-failure-more-tolerated',
      what: '`tolerate_failures` tolerates one more.',
      find: 'return failed <= tolerateFailures;',
      replace: 'return failed <= tolerateFailures + 1;',
    },
    {
      name: 'percent-of-nothing',
      what: 'A percentage tolerates nothing.',
      find: 'return failed * 100 <= percent * total;',
      replace: 'return failed === 0;',
    },
  ]),
  ...faultsIn('chart/tasks/fork.js', [
    {
      name: 'caught-branch-fails',
      what: 'A branch whose failure was caught counts as failed.',
      find: " && task.state !== 'caught'",
      replace: '',
    },
    {
      name: 'fork-of-the-first-branch',
      what: 'A FORK is done when its first branch is.',
      find: 'const all = branches.flat();',
      replace: 'const all = branches[0];',
    },
    {
      name: 'first-task-for-the-last',
      what: 'The output of a FORK is that of the first tasks of its branches.',
      find: 'ids.slice(-1)',
      replace: 'ids.slice(0, 1)',
    },
  ]),
  ...faultsIn('chart/tasks/fork.js', [
    {
      name: 'empty-list-opened',
      what: 'A list with nothing in it is worked on all the same.',
      find: 'args.event.fact.data.count === 0;',
      replace: 'false;',
    },
    {
      name: 'failed-passes-uncounted',
      what: 'A FORK over items ends when so many have completed, failed ones left out.',
      find: 'return completed + failed === count;',
      replace: 'return completed === count;',
    },
    {
      name: 'failed-total-lost',
      what: 'The output of a FORK says that no item failed.',
      find: 'failed: body.failed, };',
      replace: 'failed: 0, };',
    },
  ]),
  ...faultsIn('chart/tasks/do-while.js', [
    {
      name: 'one-pass-too-many-at-once',
      what: 'One item more than `concurrency` is under way.',
      find: 'underWay(next) < underWayMax',
      replace: 'underWay(next) <= underWayMax',
    },
    {
      name: 'passes-at-once-ignored',
      what: 'All items are under way at once.',
      find: 'underWay(next) < underWayMax',
      replace: 'true',
    },
  ]),
  ...faultsIn('chart/tasks/do-while.js', [
    {
      name: 'one-iteration-too-many',
      what: 'A loop goes on once more than `max_iterations` allows.',
      find: '?? 0) >= maxIterations',
      replace: '?? 0) > maxIterations',
    },
    {
      name: 'loop-until',
      what: 'A loop goes on until its condition holds.',
      find: "args.event.fact.type === 'loop.evaluated' && args.event.fact.data.result",
      replace: "args.event.fact.type === 'loop.evaluated' && !args.event.fact.data.result",
    },
    {
      name: 'first-results-kept',
      what: '`keep_last` keeps the first ones.',
      find: 'outputs.slice(-keepLast)',
      replace: 'outputs.slice(0, keepLast)',
    },
    {
      name: 'last-item-left-out',
      what: 'A loop over items ends before the last one.',
      find: 'return completed === count;',
      replace: 'return completed >= count - 1;',
    },
  ]),
  ...faultsIn('run/scope.js', [
    {
      name: 'iterations-from-nothing',
      what: 'In the body of a loop `loop.iteration` counts from 0.',
      find: '{ iteration: loop.index + 1 }',
      replace: '{ iteration: loop.index }',
    },
  ]),
  ...faultsIn('run/decide/decide-expression.js', [
    {
      name: 'longest-list-refused',
      what: 'A list of as many items as allowed is refused.',
      find: 'items.length > most.count',
      replace: 'items.length >= most.count',
    },
  ]),
];
