// Faults in how a run ends: what is undone, what is given up, what it says of itself.
import { type Fault, faultsIn } from './fault.ts';

export const endFaults: readonly Fault[] = [
  ...faultsIn('chart/run/task-change.js', [
    {
      name: 'compensation-forgotten',
      what: 'Nothing that a run did is undone.',
      find: 'return isUndoable(to)',
      replace: 'return false',
    },
    {
      name: 'started-run-forgotten',
      what: 'A run that carried a task out is left alone when the task is given up.',
      find: 'childGivenUp(prefix + id, from, to)',
      replace: '[]',
    },
  ]),
  ...faultsIn('chart/task-status.js', [
    {
      name: 'failure-compensated',
      what: 'A task that did not complete is undone, too.',
      find: " && task.state !== 'completed_with_errors'",
      replace: '',
    },
  ]),
  ...faultsIn('chart/run/run-exit.js', [
    {
      name: 'undone-by-a-failure',
      what: 'What undoes another task has done so even if it failed.',
      find: "isCompleted(task) ? 'done' : 'failed'",
      replace: "isCompleted(task) ? 'done' : 'done'",
    },
  ]),
  ...faultsIn('chart/run/run-exit.js', [
    {
      name: 'failed-compensation-untold',
      what: 'A run that could not be undone ends like any other.',
      find: 'ending?.compensate === true && (undoing?.failed.length ?? 0) > 0)',
      replace: 'false)',
    },
    {
      name: 'first-alone-undone',
      what: 'Only one task is undone.',
      find: '[...new Set(left)]',
      replace: 'left.slice(0, 1)',
    },
    {
      name: 'given-up-counts-as-skipped',
      what: 'Tasks that a run has no use for any more count as skipped.',
      find: "state: 'cancelled', endedAt: time",
      replace: "state: 'skipped', endedAt: time",
    },
    {
      name: 'undoing-never-used-stays',
      what: 'Tasks that had nothing to undo stay as they are.',
      find: 'tasks: unused(run.tasks, event.time),',
      replace: '',
    },
  ]),
  ...faultsIn('chart/run/root.js', [
    {
      name: 'failure-not-compensated',
      what: 'A run that fails is not undone.',
      find: "sunk: out('failed', true, blamed)",
      replace: "sunk: out('failed', false, blamed)",
    },
    {
      name: 'cancellation-not-compensated',
      what: 'A run that is cancelled is not undone.',
      find: "'run.cancelled': out('terminated', true, reasonGiven)",
      replace: "'run.cancelled': out('terminated', false, reasonGiven)",
    },
    {
      name: 'termination-compensated',
      what: 'A run that is terminated is undone.',
      find: "'run.terminated': out('terminated', false, reasonGiven)",
      replace: "'run.terminated': out('terminated', true, reasonGiven)",
    },
    {
      name: 'time-out-not-compensated',
      what: 'A run whose time is up is not undone.',
      find: "out('timed_out', true, timedOut)",
      replace: "out('timed_out', false, timedOut)",
    },
    {
      name: 'time-out-as-failure',
      what: 'A run whose time is up ends FAILED.',
      find: "out('timed_out', true, timedOut)",
      replace: "out('failed', true, timedOut)",
    },
    {
      name: 'run-alert-ends-it',
      what: '`timeout_policy: alert` of a run ends it.',
      find: "timeoutPolicy === 'fail' ? out : alert",
      replace: 'out',
    },
    {
      name: 'terminate-always-well',
      what: 'TERMINATE ends a run well, whatever its status says.',
      find: "fact.type === 'termination.reached' && fact.data.status === 'COMPLETED'",
      replace: "fact.type === 'termination.reached'",
    },
    {
      name: 'output-not-made',
      what: 'The output of a run is not made of its expressions.',
      find: "definition.output.kind === 'map' ? 'concluding' : 'leaving'",
      replace: "'leaving'",
    },
    {
      name: 'place-not-awaited',
      what: 'A run begins without waiting for a place.',
      find: "'run.started': { target: concurrency === undefined ? 'running' : 'queued',",
      replace: "'run.started': { target: 'running',",
    },
  ]),
  ...faultsIn('chart/run/root.js', [
    {
      name: 'failure-unanswered',
      what: 'The failure workflow is not started.',
      find: 'return failed && failureWorkflow !== undefined && failureRun === undefined;',
      replace: 'return false;',
    },
    {
      name: 'time-out-unanswered',
      what: 'The failure workflow is not started after a time-out.',
      find: " || ending?.phase === 'timed_out'",
      replace: '',
    },
    {
      name: 'children-not-awaited',
      what: 'A run ends before the runs that it started.',
      find: "{ guard: is(hasOrphans), target: 'cancelling' },",
      replace: '',
    },
  ]),
  ...faultsIn('chart/run/root-patches.js', [
    {
      name: 'cause-lost',
      what: 'A run that failed does not say why.',
      find: ': run.tasks[failedTask]?.error;',
      replace: ': undefined;',
    },
    {
      name: 'given-output-lost',
      what: 'The output that a TERMINATE gives the run is lost.',
      find: '? { output: fact.data.output } : {};',
      replace: '? {} : {};',
    },
    {
      name: 'queued-during-the-pause',
      what: 'Time in the queue passes while the run is paused.',
      find: 'return { ...run, tasks: mapOpen(run.tasks, requeued) };',
      replace: 'return run;',
      survives: 'No time passes while a scenario is paused.',
    },
  ]),
  ...faultsIn('chart/dispatch.js', [
    {
      name: 'failure-unheard',
      what: 'A run goes on although one of its tasks failed for good.',
      find: "way.end = { type: 'sunk', blamed: id };",
      replace: '{}',
    },
    {
      name: 'failed-branch-unheard',
      what: 'A FORK does not hear that one of its branches failed.',
      find: "offer(level, fork, 'part.failed', cause === undefined ? {} : { cause });",
      replace: '{}',
    },
  ]),
  ...faultsIn('run/decide/decide-attempt.js', [
    {
      name: 'missing-output-taken',
      what: 'A result without a name that the task declares is taken.',
      find: 'if (missing.length > 0) {',
      replace: 'if (false) {',
    },
  ]),
  ...faultsIn('run/effects.js', [
    {
      name: 'work-while-paused',
      what: 'What becomes ready while a run is paused is begun.',
      find: "if (status === 'PAUSED')",
      replace: 'if (false)',
    },
  ]),
];
