import type { ErrorData } from '../../../events/run-events.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { blobBytesMax } from './resolve-blobs.ts';

/**
 * The run moved to another engine, the engine that was asked failed unexpectedly, engines of an earlier release are
 * there still, or a quota is used up for now.
 */
const passing: ReadonlySet<string> = new Set([
  ...['run.moved', 'engine.error', 'engine.none', 'feature.closed'],
  ...['quota.live-runs', 'quota.starts', 'quota.bytes'],
]);

/** A child run could not be started for a transient reason. The reaction: retry. */
export class NotStartedYet extends Error {
  override readonly name = 'NotStartedYet';
  readonly code: string;

  constructor(run: string, { code, message }: Refusal) {
    super(`the run ${run} could not be started yet: ${message}`);
    this.code = code;
  }
}

/** Commands that only this engine gives and nobody waits for: a refusal means that they are out of date. */
const internal: ReadonlySet<Command['kind']> = new Set([
  'assignTasks',
  'startTask',
  'heartbeat',
  'logAttempt',
  'evaluate',
  'conclude',
  'fireTimer',
]);

/** Results of attempts, of child runs and of requests for slots. */
const results: ReadonlySet<Command['kind']> = new Set([
  'completeTask',
  'failTask',
  'delegate',
  'endChild',
  'noteFailureWorkflow',
  'admitRun',
  'crowdOut',
]);

/** Results and the engine's own commands are kept until the journal accepts them. */
export function fromInside({ kind }: Command): boolean {
  return internal.has(kind) || results.has(kind);
}

/** Whether somebody relies on the refusal, so that it has to hold for the newest state. */
export function mayBeRefusedStale({ kind }: Command): boolean {
  return !internal.has(kind);
}

/**
 * What to do instead of a command whose record is too large: the attempt, the task or the run fails. Undefined if
 * nothing can be left out.
 */
export function shrunk(command: Command): Command | undefined {
  switch (command.kind) {
    case 'completeTask': {
      const { output: _tooLarge, kind: _kind, isPrinted: _isPrinted, ...rest } = command;
      return { kind: 'failTask', ...rest, error: tooLarge(`the output of ${command.task}`) };
    }
    case 'failTask': {
      const { code, message, retryable, details } = command.error;
      if (details === undefined && message.length <= messageCharactersMax) return undefined;
      return { ...command, error: { code, retryable, message: message.slice(0, messageCharactersMax) } };
    }
    case 'delegate':
      return 'error' in command.child
        ? undefined
        : { ...command, child: { error: tooLarge(`the input for the run of ${command.task}`) } };
    case 'endChild': {
      if (command.output === undefined) return undefined;
      const { output: _tooLarge, ...rest } = command;
      return { ...rest, status: 'FAILED', error: tooLarge(`the output of the run ${command.run}`) };
    }
    case 'evaluate':
    case 'conclude':
      return command.tooLarge === true ? undefined : { ...command, tooLarge: true };
    default:
      return undefined;
  }
}

const messageCharactersMax = 2_000;

function tooLarge(what: string): ErrorData {
  return {
    code: 'output.too-large',
    message: `${what} is larger than a run keeps (${blobBytesMax / 1024 / 1024} MiB); write it to a file and hand its path on`,
    retryable: false,
  };
}

/**
 * Whether the refusal is transient: a store was unreachable, or the run has moved to another engine. Nothing may be
 * recorded because of such a refusal.
 */
export function isTransientRefusal({ code }: Refusal): boolean {
  return passing.has(code) || code.endsWith('.unavailable') || code.startsWith('nats.');
}
