import type { Fact } from '../../../events/catalogue.ts';
import type { ErrorData } from '../../../events/error-data.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { engineActor } from '../../ports/access/authority.ts';
import { blobBytesMax } from './storable.ts';

/** The run moved to another engine, or something that nobody foresaw went wrong in the one that was asked. */
const passing: ReadonlySet<string> = new Set(['run.moved', 'engine.error', 'engine.none']);

/** Another run could not be started for a reason that may pass. The reaction: ask again. */
export class NotStartedYet extends Error {
  override readonly name = 'NotStartedYet';
  readonly code: string;

  constructor(run: string, { code, message }: Refusal) {
    super(`the run ${run} could not be started yet: ${message}`);
    this.code = code;
  }
}

/** Commands that only this engine gives and nobody waits for: their refusal means that they were overtaken. */
const internal: ReadonlySet<Command['kind']> = new Set([
  'assignTask',
  'startTask',
  'heartbeat',
  'evaluate',
  'conclude',
  'fireTimer',
]);

/** What came of attempts, of other runs and of places that were asked for. */
const results: ReadonlySet<Command['kind']> = new Set([
  'completeTask',
  'failTask',
  'delegate',
  'endChild',
  'noteFailureWorkflow',
  'admitRun',
]);

/** Results and the engine's own commands are kept until the journal takes them. */
export function fromInside({ kind }: Command): boolean {
  return internal.has(kind) || results.has(kind);
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

/** Who is behind a fact. That workers are lost is the engine's finding: who would take over has no part in it. */
export function speakerOf({
  command,
  fact,
  actor,
}: {
  readonly command: Command;
  readonly fact: Fact;
  readonly actor: string;
}): string {
  return command.kind === 'startTask' && fact.type === 'task.failed' ? engineActor : actor;
}

/**
 * Whether the same request may be answered otherwise later: a store could not be reached, or the run is elsewhere by
 * now. Such a refusal is no fact of what was asked, and nothing may be recorded because of it.
 */
export function isTransientRefusal({ code }: Refusal): boolean {
  return passing.has(code) || code.endsWith('.unavailable');
}
