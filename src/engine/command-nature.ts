import type { Command } from '../../machines/run/command.ts';

/** Commands that only this engine gives and nobody waits for: their refusal means that they were overtaken. */
const internal: ReadonlySet<Command['kind']> = new Set([
  'startTask',
  'heartbeat',
  'evaluate',
  'conclude',
  'fireTimer',
]);

/** Results of attempts and the engine's own commands are kept until the journal takes them. */
export function fromInside({ kind }: Command): boolean {
  return internal.has(kind) || kind === 'completeTask' || kind === 'failTask';
}

/** Whether somebody relies on the refusal, so that it has to be true of the newest state. */
export function mayBeRefusedStale({ kind }: Command): boolean {
  return !internal.has(kind);
}

/** What to do instead of a command whose record is too large: an output that is too large fails its attempt. */
export function shrunk(command: Command): Command | undefined {
  if (command.kind !== 'completeTask') return undefined;
  const { task, attempt, worker, startedAt } = command;
  const message = `the output of ${task} is larger than one record of the journal may be; write it to a file and return its path`;

  return {
    kind: 'failTask',
    task,
    attempt,
    worker,
    startedAt,
    error: { code: 'output.too-large', message, retryable: false },
  };
}
