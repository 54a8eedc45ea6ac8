// Mistakes in what is carried out: attempts, and runs that other runs start.
import type { Bug } from './bug.ts';

const attempts = 'src/engine/attempts/attempts.js';
const children = 'src/engine/run/child-runs.js';
const followUp = 'src/engine/run/active-runs.js';

export const workBugs: readonly Bug[] = [
  {
    name: 'attempt-begun-twice',
    what: 'An attempt is begun each time it is asked for, whether it is under way or not.',
    file: attempts,
    find: 'if (current?.attempt === attempt) return; current?.stop.tell(superseded);',
    replace: '',
  },
  {
    name: 'result-over-before-recorded',
    what: 'An attempt counts as over as soon as its work is done, before its result is recorded.',
    file: attempts,
    find: 'await entry.submit(command); gate.ended(entry); forget(entry);',
    replace: 'forget(entry); await entry.submit(command); gate.ended(entry);',
  },
  {
    name: 'late-result-of-an-earlier-attempt',
    rare: true,
    what: 'A result is recorded as that of the attempt under way, whichever attempt it came from.',
    file: 'machines/run/decide/decide-attempt.js',
    find: 'export function completeTask(run, command) {',
    replace: `export function completeTask(run, given) {
      const command = { ...given, attempt: taskAt(run.state, given.task)?.attempt ?? 1 };`,
  },
  {
    name: 'open-breaker-ignored',
    what: 'An attempt at a task with a circuit breaker is begun without asking it.',
    file: attempts,
    find: 'if (task.circuitBreaker === undefined) enqueue(entry);',
    replace: 'if (true) enqueue(entry);',
  },
  {
    name: 'orphans-left',
    what: 'A run that is not needed any more is not told to end.',
    file: followUp,
    find: 'children.abandon(run, effect.orphan, submit);',
    replace: '',
  },
  {
    name: 'orphan-taken-for-ended',
    what: 'A run that was told to end counts as ended.',
    file: children,
    find: "const isLost = (await askToEnd(host, orphan, asked, parent)) === 'run.quarantined';",
    replace: "await askToEnd(host, orphan, asked, parent); return { ...ended, status: 'CANCELLED' };",
  },
  {
    name: 'detached-child-not-started',
    rare: true,
    what: 'A run that nobody waits for is reported as started while it still is being started.',
    file: children,
    find: 'await start(host, run, task, attempt)',
    replace: 'void start(host, run, task, attempt).catch(() => undefined)',
  },
  {
    name: 'passing-refusal-taken-for-final',
    rare: true,
    what: 'A run that cannot be started now, because its engine moves or a store is down, counts as refused.',
    file: 'src/engine/run/command-traits.js',
    find: "return passing.has(code) || code.endsWith('.unavailable') || code.startsWith('nats.');",
    replace: 'return false;',
  },
  {
    name: 'failure-workflow-by-chance',
    rare: true,
    what: 'The run that answers a failure gets another id each time it is asked for.',
    file: 'src/engine/run/failure-runs.js',
    find: "childRun(run.state.run, 'failure workflow', run.sequence)",
    replace: "childRun(run.state.run, 'failure workflow', (globalThis.asked = (globalThis.asked ?? 0) + 1))",
  },
  {
    name: 'failure-workflow-not-started',
    what: 'The run that answers a failure is noted first, and started whenever that works.',
    file: 'src/engine/run/failure-runs.js',
    find: 'const answer = await deps.otherRuns.start({',
    replace: `const answer = { ok: true };
      void (async (request) => deps.otherRuns.start(request))({`,
  },
];
