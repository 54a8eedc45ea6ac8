// Faults in what waits: for people, for times, for signals, for other runs.
import { type Fault, faultsIn } from './fault.ts';

const people = faultsIn('chart/tasks/human.js', [
  {
    name: 'quorum-one-too-many',
    what: 'One person more has to agree than the quorum says.',
    find: '+ 1 >= task.quorum',
    replace: '+ 1 > task.quorum',
  },
  {
    name: 'quorum-one-too-few',
    what: 'One person fewer is enough.',
    find: '+ 1 >= task.quorum',
    replace: '+ 2 >= task.quorum',
  },
  {
    name: 'rejection-always-fails',
    what: '`on_reject: continue` fails the task.',
    find: "return place.task.onReject === 'continue' ? [{ target: targetOfEnd(place, 'rejected') }] : sinks(place, 'failed');",
    replace: "return sinks(place, 'failed');",
  },
  {
    name: 'rejection-counts-as-approval',
    what: 'Who refuses agrees.',
    find: '[`approval.denied.${task.id}`]: onReject(place)',
    replace: "[`approval.denied.${task.id}`]: [{ target: targetOfEnd(place, 'approved') }]",
  },
  {
    name: 'silence-rejects',
    what: '`on_timeout: approve` rejects.',
    find: "return [{ target: targetOfEnd(place, 'approved') }];",
    replace: 'return onReject(place);',
  },
  {
    name: 'silence-approves',
    what: '`on_timeout: reject` approves.',
    find: "case 'reject': return onReject(place);",
    replace: "case 'reject': return [{ target: targetOfEnd(place, 'approved') }];",
  },
  {
    name: 'escalation-fails',
    what: '`on_timeout: escalate` fails the task.',
    find: 'return [{ actions: change((task, { time }) => ({ ...task, escalatedAt: time })) }];',
    replace: "return sinks(place, 'timed_out');",
  },
  {
    name: 'form-lost',
    what: 'What an approval brought along is not in the output.',
    find: 'data: person?.data ?? null',
    replace: 'data: null',
  },
]);

const waits = faultsIn('chart/tasks/wait.js', [
  {
    name: 'wait-not-continued',
    what: '`on_timeout: continue` of a WAIT fails it.',
    find: "onTimeout === 'continue' ? goesOn : sinks(place, 'timed_out', latest)",
    replace: "sinks(place, 'timed_out', latest)",
  },
  {
    name: 'wait-always-continued',
    what: 'A WAIT whose time is up completes, whatever the definition says.',
    find: "onTimeout === 'continue' ? goesOn : sinks(place, 'timed_out', latest)",
    replace: 'goesOn',
  },
  {
    name: 'wait-too-long',
    what: 'A `duration` counts twice.',
    find: 'dueTime(time, durationMs)',
    replace: 'dueTime(time, 2 * durationMs)',
  },
  {
    name: 'signal-data-lost',
    what: 'What came with a signal is not in the output of the WAIT.',
    find: '...membersOf(data), timed_out: false, signal: name, data }',
    replace: 'timed_out: false, signal: name, data: null }',
  },
  {
    name: 'timed-out-untold',
    what: 'The output of a WAIT does not say that its time was up.',
    find: 'timed_out: true,',
    replace: 'timed_out: false,',
  },
]);

const signals = [
  ...faultsIn('run/decide/decide-signal.js', [
    {
      name: 'any-signal-will-do',
      what: 'A WAIT goes on with a signal of another name.',
      find: 'awaited !== name',
      replace: 'false',
    },
    {
      name: 'match-ignored',
      what: 'A WAIT goes on with a signal that does not match.',
      find: 'if (match === undefined)',
      replace: 'if (true)',
    },
    {
      name: 'kept-signal-not-taken',
      what: 'A signal that came before is not looked for.',
      find: 'const kept = run.state.signals ?? [];',
      replace: 'const kept = [];',
    },
  ]),
  ...faultsIn('chart/tasks/arrival.js', [
    {
      name: 'signal-taken-twice',
      what: 'A signal that was taken is kept for the next WAIT.',
      find: 'signals: without(run.signals, fact.data.position)',
      replace: 'signals: run.signals',
    },
    {
      name: 'other-variables-lost',
      what: 'SET_VARIABLE forgets the variables that it does not set.',
      find: '{ ...run.variables, ...fact.data.values }',
      replace: '{ ...fact.data.values }',
    },
  ]),
];

const timers = faultsIn('run/timers.js', [
  {
    name: 'total-time-of-each-attempt',
    what: '`total_timeout` counts from each attempt anew.',
    find: "due('task.total-timeout', state.firstScheduledAt, task.totalTimeoutMs)",
    replace: "due('task.total-timeout', state.scheduledAt, task.totalTimeoutMs)",
  },
  {
    name: 'queue-time-out-lost',
    what: '`queue_timeout` never fires.',
    find: "return [...due('task.queue-timeout', state.scheduledAt, queued), ...total];",
    replace: 'return total;',
  },
  {
    name: 'heartbeat-time-out-lost',
    what: '`heartbeat_timeout` never fires.',
    find: "...due('task.heartbeat-timeout', state.heartbeatAt ?? state.startedAt, task.heartbeatTimeoutMs),",
    replace: '',
  },
  {
    name: 'attempt-timed-from-the-run',
    what: 'The `timeout` of an attempt counts from the first time its task was scheduled.',
    find: "...attempt(state.startedAt), ...due('task.heartbeat-timeout'",
    replace: "...attempt(state.firstScheduledAt), ...due('task.heartbeat-timeout'",
  },
  {
    name: 'escalated-again-and-again',
    what: 'The time-out of an approval that was escalated stays due.',
    find: "onTimeout === 'escalate' && escalatedAt !== undefined",
    replace: 'false',
  },
  {
    name: 'time-out-while-paused',
    what: 'The time-outs of tasks fire while the run is paused.',
    find: "run.state.phase === 'running' ? [...openTasks(run.state.tasks)]",
    replace:
      "run.state.phase === 'running' || run.state.phase === 'paused' ? [...openTasks(run.state.tasks)]",
    survives:
      'A time-out during a pause is refused all the same; only the due time in the head of a record shows it, which is not compared.',
  },
  {
    name: 'run-time-out-lost',
    what: 'The time of a run is never up.',
    find: "const counts = phase === 'running' || phase === 'queued' || phase === 'concluding';",
    replace: 'const counts = false;',
  },
  {
    name: 'run-timed-by-its-start-again',
    what: 'The time of a run that is retried counts from its first start.',
    find: 'state.timedFrom ?? state.startedAt',
    replace: 'state.startedAt',
  },
]);

const children = faultsIn('chart/tasks/sub-workflow.js', [
  {
    name: 'failed-run-is-good-enough',
    what: 'A SUB_WORKFLOW completes however the other run ended.',
    find: "return fact.data.status === 'COMPLETED' || fact.data.status === 'STARTED';",
    replace: 'return true;',
  },
  {
    name: 'started-is-not-enough',
    what: '`wait: false` fails as soon as the other run is started.',
    find: " || fact.data.status === 'STARTED'",
    replace: '',
  },
  {
    name: 'other-run-abandoned',
    what: 'The other run is left alone, whatever `on_parent_close` says.',
    find: "onParentClose === 'abandon' ? { abandon: true } : {}",
    replace: '{ abandon: true }',
  },
  {
    name: 'other-run-never-abandoned',
    what: '`on_parent_close: abandon` ends the other run.',
    find: "onParentClose === 'abandon' ? { abandon: true } : {}",
    replace: '{}',
  },
  {
    name: 'output-of-other-run-lost',
    what: 'A SUB_WORKFLOW has no output.',
    find: 'output: fact.data.output ?? null',
    replace: 'output: null',
  },
]);

export const waitingFaults: readonly Fault[] = [...people, ...waits, ...signals, ...timers, ...children];
