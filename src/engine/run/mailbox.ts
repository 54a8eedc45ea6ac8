import type { Fact } from '../../../events/catalogue.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { decide } from '../../../machines/run/decide/decide.ts';
import { runFor } from '../../../machines/run/decide/decide-control.ts';
import { noteOf } from '../../../machines/run/decide/refused-answers.ts';
import { ledTo } from '../../../machines/run/decide/remembered-requests.ts';
import { type Sealed, seal } from '../../../machines/run/record/create-record.ts';
import { UnexplainedEvent } from '../../../machines/run/record/evolve.ts';
import type { Run } from '../../../machines/run/run.ts';
import { delay } from '../../lib/deadline.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { messageOf } from '../../lib/text.ts';
import type { Clock } from '../../ports/clock.ts';
import { type BlobStore, BlobUnavailable } from '../../ports/runs/blob-store.ts';
import { RunQuarantined } from '../../ports/runs/damage.ts';
import {
  type Journal,
  JournalConflict,
  JournalUnavailable,
  RecordTooLarge,
} from '../../ports/runs/journal.ts';
import type { LoadedRun, RunReader } from '../run-reader/run-reader.ts';
import { fromInside, mayBeRefusedStale, shrunk, speakerOf } from './command-traits.ts';
import { asBefore, movedOn, refusedAsTooLarge } from './mailbox-answers.ts';
import { withBlobs } from './resolve-blobs.ts';
import { storable } from './storable.ts';

/** What became of a command. */
export type Outcome =
  | { readonly ok: true; readonly sequence: number }
  | { readonly ok: false; readonly refusal: Refusal };

/** The one place that changes a run in this process: input, decide, append, evolve, effects, one at a time. */
export type Mailbox = {
  /** Rejects with JournalUnavailable for commands from outside; those from inside wait until the journal is back. */
  readonly submit: (command: Command, asker: CommandCaller) => Promise<Outcome>;
  /**
   * Reads the run again if another writer moved it on. An owner that lost its lease without noticing may have appended
   * a last event: nothing else would tell whoever owns the run now.
   */
  readonly look: () => Promise<void>;
  readonly run: () => Run;
  /** Takes nothing more and resolves when what is under way has ended. */
  readonly close: () => Promise<void>;
};

/** What to try next. */
type Again = { readonly again: Command };

/** How long a result waits before it is tried again while the journal cannot be reached. */
const stallMs = 1_000;

export function createMailbox(loaded: LoadedRun, deps: MailboxDeps): Mailbox {
  const { journal, reader, blobs, clock } = deps;
  const letters = createSerialQueue();
  let { run, position, time } = loaded;
  let closed = false;
  let damage: Refused | undefined;

  function submit(command: Command, asker: CommandCaller): Promise<Outcome> {
    return letters.post(async () => (closed ? movedOn : (damage ?? handle(command, asker))));
  }

  function look(): Promise<void> {
    return letters.post(async () => {
      if (!closed && damage === undefined) await isBehind();
    });
  }

  /** Tries until there is an answer: a result that the journal cannot take now is kept for as long as it takes. */
  async function handle(command: Command, asker: CommandCaller): Promise<Outcome> {
    for (let next = command; !closed; ) {
      const tried = await attempt(next, asker);
      if (!('again' in tried)) return tried;
      next = tried.again;
    }

    return movedOn;
  }

  async function attempt(command: Command, asker: CommandCaller): Promise<Outcome | Again> {
    // Asked for again, of whichever engine: the answer to what it led to was lost.
    const led = ledTo(run.state, asker.id);
    if (led !== undefined) return asBefore(led);
    try {
      const decision =
        asker.refused?.(run) ??
        (await withBlobs(
          blobs,
          () => run,
          () => decide(run, command),
        ));
      if (!decision.ok) {
        // A refusal is only true of the newest state: nothing may be dropped by what an outdated one says.
        const behind = mayBeRefusedStale(command) && (await isBehind());
        return damage ?? (behind ? { again: command } : await refused(command, decision, asker));
      }
      return await record(command, decision.fact, asker);
    } catch (error) {
      if (!(error instanceof UnexplainedEvent)) return recover(error, command);
      return { ok: false, refusal: { code: error.code, message: error.message } };
    }
  }

  /** Some refusals are facts themselves: they are in the journal before they are told. */
  async function refused(command: Command, answer: Refused, asker: CommandCaller): Promise<Outcome> {
    const note = noteOf(command, answer.refusal);
    const decision = note === undefined ? answer : decide(run, note);
    if (decision.ok) await record(command, decision.fact, asker);

    return answer;
  }

  async function record(
    command: Command,
    decided: Fact,
    { actor, id: request }: CommandCaller,
  ): Promise<Outcome> {
    const fact = await storable(blobs, run, decided);
    const who = speakerOf({ command, fact, actor });
    time = timeOf(fact, Math.max(clock.now(), time));
    const sealed = seal(runFor(run, command), {
      fact,
      time: new Date(time).toISOString(),
      actor: who,
      request,
    });
    const { id, body } = sealed;
    position = await journal.append({ run: sealed.run.state.run, id, body, after: position });
    run = sealed.run;
    deps.onAppended(sealed, position);

    return { ok: true, sequence: run.sequence };
  }

  /** Conflicts, records that are too large and an unreachable journal are met; what nobody foresaw is passed on. */
  async function recover(error: unknown, command: Command): Promise<Outcome | Again> {
    if (error instanceof JournalConflict) {
      const unread = await reload().catch((failure: unknown) => failure);
      return unread === undefined ? (damage ?? { again: command }) : recover(unread, command);
    }
    if (error instanceof RecordTooLarge) {
      const smaller = shrunk(command);
      return smaller === undefined ? refusedAsTooLarge : { again: smaller };
    }
    if ((error instanceof JournalUnavailable || error instanceof BlobUnavailable) && fromInside(command)) {
      await stalled(deps, error);
      return { again: command };
    }
    throw error;
  }

  async function isBehind(): Promise<boolean> {
    // A run that has not begun has no id yet, and what refuses its start would have refused it before.
    if (run.sequence === 0) return false;
    const last = await reader.last(run.state.run).catch(asUnavailable);
    if (last === undefined || last.position === position) return false;
    await reload();

    return true;
  }

  async function reload(): Promise<undefined> {
    try {
      ({ run, position, time } = await deps.reload());
    } catch (error) {
      if (!(error instanceof RunQuarantined)) return asUnavailable(error);
      damage = { ok: false, refusal: { code: error.code, message: error.message } };
      deps.onDamaged(error);
      return undefined;
    }
    deps.onReloaded();

    return undefined;
  }

  return {
    submit,
    look,
    run: () => run,
    close: () => {
      closed = true;
      return letters.idle();
    },
  };
}

function stalled(
  { clock, onStalled }: MailboxDeps,
  error: JournalUnavailable | BlobUnavailable,
): Promise<void> {
  onStalled(error);

  return delay(clock, stallMs);
}

/** Times within a run never go back, even when the clock does, and no timer has fired before it was due. */
function timeOf({ type, data }: Fact, earliestMs: number): number {
  return type === 'timer.fired' ? Math.max(earliestMs, Date.parse(data.dueAt)) : earliestMs;
}

/** A journal that cannot be read now may be read later; nothing is decided until then. */
function asUnavailable(error: unknown): never {
  throw new JournalUnavailable(`the journal could not be read: ${messageOf(error)}`, { cause: error });
}

/** What a mailbox works with, and whom it tells what happened. */
type MailboxDeps = {
  readonly journal: Pick<Journal, 'append'>;
  readonly reader: Pick<RunReader, 'last'>;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** Reads the run again, after another writer was first. Rejects with RunQuarantined. */
  readonly reload: () => Promise<LoadedRun>;
  /** Called after every append, with the run already moved on, and the position of the record. */
  readonly onAppended: (sealed: Sealed, position: number) => void;
  /** Called when the run was read again, so that what it waits for can be looked at anew. */
  readonly onReloaded: () => void;
  readonly onStalled: (error: JournalUnavailable | BlobUnavailable) => void;
  /** Called when the run turns out to be quarantined: it is not touched any more. */
  readonly onDamaged: (error: RunQuarantined) => void;
};

/** Who gives a command: a request from outside has an id, and is answered as before when it comes again. */
export type CommandCaller = {
  readonly actor: string;
  readonly id?: string;
  /** Why they may not give it to this run; without, they may. */
  readonly refused?: (run: Run) => Refused | undefined;
};

/** The outcome of what somebody may not do. */
export type Refused = { readonly ok: false; readonly refusal: Refusal };
