import type { ErrorData } from '../../events/error-data.ts';
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

/**
 * What to do instead of a command whose record is too large: what was too large fails its attempt, its task or the
 * run. Undefined where nothing is left to leave out.
 */
export function shrunk(command: Command): Command | undefined {
  switch (command.kind) {
    case 'completeTask': {
      const { output: _tooLarge, kind: _kind, ...rest } = command;
      return { kind: 'failTask', ...rest, error: tooLarge(command.task) };
    }
    case 'failTask': {
      const { code, message, retryable, details } = command.error;
      if (details === undefined && message.length <= messageCharactersMax) return undefined;
      return { ...command, error: { code, retryable, message: message.slice(0, messageCharactersMax) } };
    }
    case 'evaluate':
    case 'conclude':
      return command.tooLarge === true ? undefined : { ...command, tooLarge: true };
    default:
      return undefined;
  }
}

const messageCharactersMax = 2_000;

function tooLarge(task: string): ErrorData {
  return {
    code: 'output.too-large',
    message: `the output of ${task} is larger than one record of the journal may be (1 MiB); write it to a file and return its path`,
    retryable: false,
  };
}
