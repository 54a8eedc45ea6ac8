/** Meanings of the exit codes. Programs rely on them: they never change. */
export const exitCodes = [
  { exit: 0, meaning: 'done; Ctrl-C of `serve` too, which is an orderly stop' },
  { exit: 1, meaning: 'the run failed, or something went wrong at run time' },
  { exit: 2, meaning: 'wrong use of the command, or an invalid definition or input; nothing was started' },
  { exit: 3, meaning: 'NATS or the engine cannot be reached; trying again later is safe' },
  { exit: 4, meaning: 'there is no such run, definition or task' },
  { exit: 5, meaning: 'conflict: it is done already, or the state has changed' },
  { exit: 6, meaning: 'stopped waiting: only a person can move the run on' },
  {
    exit: 7,
    meaning:
      'a replay differs from the journal, a test fails, runs would have gone another way by a changed definition, or an audit found damage',
  },
  { exit: 124, meaning: '--timeout has passed; the run is safe' },
  { exit: 130, meaning: 'interrupted (Ctrl-C) while following; the run is safe' },
] as const;

export type ExitCode = (typeof exitCodes)[number]['exit'];

/** Exit codes by the code of an error or refusal. A code that ends in `.*` is a prefix; the longest match counts. */
const exitOf: Readonly<Record<string, ExitCode>> = {
  'usage.*': 2,
  'definition.*': 2,
  'cases.*': 2,
  'yaml.*': 2,
  'input.*': 2,
  'value.*': 2,
  'run.ambiguous': 2,
  'oidc.*': 1,
  'oidc.unreachable': 3,
  'run.moved': 3,
  'engine.none': 3,
  'engine.beside-dev': 5,
  'dev.beside-engine': 5,
  'journal.unavailable': 3,
  'nats.unreachable': 3,
  'nats.locked': 3,
  'nats.port-taken': 3,
  'nats.disk-full': 3,
  'nats.store-read-only': 3,
  'nats.too-many-files': 3,
  'nats.not-storing': 3,
  'run.not-found': 4,
  'definition.not-found': 4,
  'task.unknown': 4,
  'fork.no-event': 4,
  'dead-letter.none': 4,
  'blob.*': 1,
  'blob.unavailable': 3,
  'secret.*': 1,
  'secret.unavailable': 3,
  'slots.*': 3,
  'event.*': 1,
  'event.unavailable': 3,
  'event.not-found': 4,
  'child.*': 1,
  'generations.*': 5,
  'definition.taken': 5,
  'definition.missing': 1,
  'approval.*': 5,
  'approval.not-allowed': 1,
  'approval.excluded': 1,
  'approval.bad-delegate': 2,
  'run.closed': 5,
  'run.archived': 5,
  'archive.*': 1,
  'archive.unavailable': 3,
  'archive.no-segment': 4,
  'run.exists': 5,
  'run.already-paused': 5,
  'run.not-paused': 5,
  'run.not-failed': 5,
  'run.not-ended': 5,
  'run.not-queued': 5,
  'run.concluding': 5,
  'run.queued': 5,
  'run.leaving': 5,
  'run.compensated': 5,
  'run.limit': 5,
  'quota.*': 3,
  'quota.bytes': 5,
  'task.not-open': 5,
  'task.not-by-hand': 5,
  'task.not-assigned': 5,
  'task.already-assigned': 5,
  'task.already-started': 5,
  'fork.*': 5,
  'rerun.*': 5,
  'signal.*': 5,
  'dead-letter.*': 5,
  'agents.*': 2,
  'agents.unavailable': 3,
  'agent.unknown': 4,
  'agent.already-draining': 5,
  'agent.not-draining': 5,
  'agent.already-moved': 5,
  'agent.not-moved': 5,
  'team.unknown': 4,
  'agent.draining': 5,
  'agent.lacks-skill': 5,
  'agent.level': 5,
  'token.unknown': 4,
  'trigger.*': 1,
  'trigger.unknown': 4,
  'trigger.ambiguous': 2,
  'trigger.already-paused': 5,
  'trigger.not-paused': 5,
  'mark.busy': 3,
  'schedule.*': 5,
  'schedule.no-times': 2,
  'schedule.too-many-times': 2,
  'runs.count-differs': 5,
  'journal.conflict': 5,
  'site.*': 5,
  'migrate.*': 5,
  'bundle.*': 5,
  'bundle.not-found': 4,
  'bundle.none': 4,
  'bundle.empty': 4,
  'bundle.ambiguous': 2,
  'gallery.*': 5,
  'gallery.unreadable': 3,
  'gallery.busy': 3,
  'gallery.no-gallery': 4,
  'gallery.no-template': 4,
  'gallery.no-definition': 4,
  'gallery.not-installed': 4,
  'gallery.ambiguous': 2,
  'gallery.bad-place': 2,
  'gallery.no-tests': 2,
  'gallery.check-failed': 7,
  'gallery.tests-failed': 7,
  'audit.*': 2,
  'audit.not-whole': 7,
  'run.no-event': 4,
  'wait.timeout': 124,
};

/** The exit code of an error code; 1 for an unknown one. */
export function exitCodeOf(code: string): ExitCode {
  for (let prefix = code; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
    const exit = exitOf[prefix === code ? code : `${prefix}.*`];
    if (exit !== undefined) return exit;
  }

  return 1;
}

/** Whether the same command may succeed later. */
export function isTransient(exit: ExitCode): boolean {
  return exit === 3;
}

/** The text of `workflow help exit-codes`. */
export function exitCodesText(): string {
  const lines = exitCodes.map(({ exit, meaning }) => `${String(exit).padStart(5)}  ${meaning}`);

  return ['The exit code of every command is one of:', '', ...lines, ''].join('\n');
}
