// Mistakes in what an engine does when it takes runs up, loses them, and waits for their times.
import type { Bug } from './bug.ts';

const followUp = 'src/engine/run/active-runs.js';
const whole = 'event(mailbox, pendingEffects(run), firstTimer(run)?.dueAt);';

export const nodeBugs: readonly Bug[] = [
  {
    name: 'timers-only-in-memory',
    what: 'The timers of a run that is loaded are not waited for.',
    file: followUp,
    find: whole,
    replace: 'event(mailbox, pendingEffects(run), undefined);',
  },
  {
    name: 'no-dispatch-on-load',
    what: 'What a run waits for when it is loaded is not begun.',
    file: followUp,
    find: whole,
    replace: 'event(mailbox, [], firstTimer(run)?.dueAt);',
  },
  {
    name: 'children-not-followed-on-load',
    what: 'A run that is loaded does not look what became of the runs that it started.',
    file: followUp,
    find: whole,
    replace:
      "event(mailbox, pendingEffects(run).filter(({ kind }) => kind !== 'follow'), firstTimer(run)?.dueAt);",
  },
  {
    name: 'begun-attempts-left-on-load',
    what: 'An attempt whose start is recorded is left to the engine that started it, even if that is gone.',
    file: 'machines/run/effects.js',
    find: "case 'in_progress':",
    replace: '',
  },
  {
    name: 'queue-not-joined-on-load',
    rare: true,
    what: 'A run that is loaded while it waits for a place does not ask for it again.',
    file: followUp,
    find: whole,
    replace:
      "event(mailbox, pendingEffects(run).filter(({ kind }) => kind !== 'admit'), firstTimer(run)?.dueAt);",
  },
  {
    name: 'shards-not-looked-through',
    what: 'Whoever claims a shard works on the runs that are asked for, and never looks which others it has.',
    file: 'src/engine/cluster/adoption.js',
    find: 'await sweepIndex().catch(',
    replace: 'await Promise.resolve().catch(',
  },
  {
    name: 'failed-claim-not-tried-again',
    what: 'A shard whose claim went wrong is not claimed again.',
    file: 'src/engine/cluster/renewals.js',
    find: 'claimMissing().catch(deps.onTrouble);',
    replace: '',
  },
  {
    name: 'attempts-kept-after-a-release',
    what: 'The attempts of a run that was let go of still count as under way when it comes back.',
    file: followUp,
    find: 'attempts.drop(id);',
    replace: '',
  },
  {
    name: 'looks-kept-after-a-release',
    rare: true,
    what: 'The looks at other runs still count as under way when the run comes back.',
    file: followUp,
    find: 'children.drop(id);',
    replace: '',
  },
  {
    name: 'timer-lost-in-a-long-sleep',
    what: 'A timer that is further away than the longest sleep wakes its run once, too early, and is forgotten.',
    file: 'src/engine/run/due-timers.js',
    find: 'if (sleeper.leftMs() > 0)',
    replace: 'if (false)',
  },
  {
    name: 'timers-fire-early',
    what: 'When one timer of a run is due all of them are fired.',
    file: 'src/engine/run/due-timers.js',
    find: '.filter((timer) => leftMs(timed, timer, clock) <= 0)',
    replace: '',
  },
  {
    name: 'sleeper-never-woken',
    what: 'A run that was put down because it only waits is not woken when it is due.',
    file: 'src/engine/run/sleepers.js',
    find: 'if (asleep.get(run) === sleeper)',
    replace: 'if (false)',
  },
  {
    name: 'run-at-work-put-down',
    what: 'A run that has work under way is put down as if it only waited.',
    file: 'machines/run/effects.js',
    find: 'return !askShell(tasks);',
    replace: 'return true;',
  },
  {
    name: 'place-taken-without-asking',
    what: 'A queued run goes on as soon as it stands in the line, wherever in the line that is.',
    file: 'src/engine/run/admission.js',
    find: "if (answer.held) return { kind: 'admitRun', key };",
    replace: "return { kind: 'admitRun', key };",
  },
  {
    name: 'place-of-an-ended-run-kept',
    rare: true,
    what: 'The place of a run whose engine died before it gave the place up is not taken back.',
    file: 'src/engine/run/admission.js',
    find: 'if (await evictEnded(deps, key)) return undefined;',
    replace: '',
  },
];
