import type { Fact } from '../../../events/catalogue.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { decide, ledTo, runFor } from '../../../machines/run/decide/decide.ts';
import { noteOf } from '../../../machines/run/decide/refused-answers.ts';
import { type Sealed, seal } from '../../../machines/run/record/create-record.ts';
import { UnexplainedEvent } from '../../../machines/run/record/evolve.ts';
import type { Run } from '../../../machines/run/run.ts';
import { firstTimer } from '../../../machines/run/timers.ts';
import { delay } from '../../lib/deadline.ts';
import { createSerialQueue } from '../../lib/serial-queue.ts';
import { messageOf } from '../../lib/text.ts';
import { engineActor } from '../../ports/access/authority.ts';
import type { Clock } from '../../ports/clock.ts';
import { type BlobStore, BlobUnavailable } from '../../ports/runs/blob-store.ts';
import {
  type Journal,
  JournalConflict,
  JournalUnavailable,
  RecordTooLarge,
  RunQuarantined,
} from '../../ports/runs/journal.ts';
import type { LoadedRun, RunReader } from '../run-reader/run-reader.ts';
import { fromInside, mayBeRefusedStale, shrunk } from './command-traits.ts';
import { asBefore, movedOn, refusedAsTooLarge } from './mailbox-answers.ts';
import { storable, withBlobs } from './resolve-blobs.ts';

/** The outcome of a command. */
export type Outcome =
  | { readonly ok: true; readonly sequence: number; readonly cancelled?: true }
  | { readonly ok: false; readonly refusal: Refusal };

/** The only writer of a run in this process: input, decide, append, evolve, effects, one command at a time. */
export type Mailbox = {
  /** Rejects with JournalUnavailable for requests; the engine's own commands wait until the journal is back. */
  readonly submit: (command: Command, asker: CommandCaller) => Promise<Outcome>;
  /**
   * Reads the run again if another writer appended to it. A former owner that missed the loss of its lease may have
   * appended one more event, which nothing else reports.
   */
  readonly look: () => Promise<void>;
  readonly run: () => Run;
  /** The position of its last record. */
  readonly position: () => number;
  /** Whether nothing is asked of it now. */
  readonly isQuiet: () => boolean;
  /** The time of the run now, in ms since 1970, by which its timers are due. */
  readonly timeMs: () => number;
  /** Accepts no more commands; resolves when those in progress are done. */
  readonly close: () => Promise<void>;
};

/** The next command to try. */
type Again = { readonly again: Command };

/** Delay before a result is retried while the journal is unreachable. */
const stallMs = 1_000;
/** Two clocks that are less apart tell the same: the machine slews the one on the wall. */
const setMsMin = 1_000;

export function createMailbox(loaded: LoadedRun, deps: MailboxDeps): Mailbox {
  const { journal, reader, blobs } = deps;
  const letters = createSerialQueue();
  let { run, position, time } = loaded;
  const { timeMs, countAnew } = createRunTime(deps, { run: () => run, lastMs: () => time });
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

  /** Retries until there is an answer: a result that the journal cannot take is kept as long as necessary. */
  async function handle(command: Command, asker: CommandCaller): Promise<Outcome> {
    for (let next = command; !closed; ) {
      const given = asker.meant === undefined ? undefined : await asker.meant(run);
      const tried = await attempt(given ?? next, given === undefined ? asker : allowed(asker));
      if (!('again' in tried)) return tried;
      // What somebody means for somebody else is looked up anew.
      next = tried.again === given ? next : tried.again;
    }

    return movedOn;
  }

  async function attempt(command: Command, asker: CommandCaller): Promise<Outcome | Again> {
    // The request was repeated because its answer was lost.
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
        // A refusal must hold for the newest state: an outdated one must not drop anything.
        const behind = mayBeRefusedStale(command) && (await isBehind());
        return damage ?? (behind ? { again: command } : await refused(command, decision, asker));
      }
      return await record(command, decision.fact, asker);
    } catch (error) {
      if (!(error instanceof UnexplainedEvent)) return recover(error, command);
      return { ok: false, refusal: { code: error.code, message: error.message } };
    }
  }

  /** Some refusals are facts: they are recorded before they are answered. */
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
    time = timeOf(fact, Math.max(timeMs(), time));
    const sealed = seal(runFor(run, command), {
      fact,
      time: new Date(time).toISOString(),
      actor: who,
      request,
    });
    const { id, body } = sealed;
    const { run: name } = sealed.run.state;
    position = await journal.append({ run: name, id, body, after: position, isSealed: true });
    run = sealed.run;
    deps.onAppended(sealed, position);

    // Who sends an event to a run does not know what it is to it.
    const isEnd = command.kind === 'signal' && fact.type === 'run.cancelled';

    return { ok: true, sequence: run.sequence, ...(isEnd ? { cancelled: true } : {}) };
  }

  /** Handles conflicts, records that are too large, and an unreachable journal; other errors are passed on. */
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
    // A run that has not begun has no id yet; requests for its start were checked before.
    if (run.sequence === 0) return false;
    const last = await reader.last(run.state.run).catch(asUnavailable);
    if (last === undefined || last.position === position) return false;
    await reload();

    return true;
  }

  async function reload(): Promise<undefined> {
    try {
      ({ run, position, time } = await deps.reload());
      countAnew();
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
    position: () => position,
    isQuiet: letters.isIdle,
    timeMs,
    close: () => {
      closed = true;
      return letters.idle();
    },
  };
}

/**
 * The time of a run: the clock on the wall, unless somebody set it. What lasts so long goes on lasting so long, so the
 * time is counted on from before that until nothing of the run is timed any more.
 */
function createRunTime(
  { clock, aheadMs }: Pick<MailboxDeps, 'clock' | 'aheadMs'>,
  { run, lastMs }: { readonly run: () => Run; readonly lastMs: () => number },
) {
  const counted = () => ({ timeMs: Math.max(clock.now(), lastMs()), steadyMs: clock.steady() });
  let since = aheadMs === undefined ? counted() : { timeMs: aheadMs, steadyMs: 0 };

  return {
    timeMs: (): number => {
      const countedMs = since.timeMs + clock.steady() - since.steadyMs;
      const wallMs = clock.now();
      if (Math.abs(wallMs - countedMs) < setMsMin) return wallMs;
      if (firstTimer(run()) !== undefined) return countedMs;
      since = counted();

      return since.timeMs;
    },
    /** From the clock on the wall: the run was read again. */
    countAnew: (): void => {
      since = counted();
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

/** Times within a run never go back, even if the clock does, and no timer fires before it is due. */
function timeOf({ type, data }: Fact, earliestMs: number): number {
  return type === 'timer.fired' ? Math.max(earliestMs, Date.parse(data.dueAt)) : earliestMs;
}

/** An unreadable journal may be readable later; nothing is decided until then. */
function asUnavailable(error: unknown): never {
  throw new JournalUnavailable(`the journal could not be read: ${messageOf(error)}`, { cause: error });
}

/** What a mailbox depends on, and its listeners. */
type MailboxDeps = {
  readonly journal: Pick<Journal, 'append'>;
  readonly reader: Pick<RunReader, 'last'>;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  /** The time of the run less the steady clock's; undefined: it is counted from the clock on the wall. */
  readonly aheadMs?: number | undefined;
  /** Reads the run again after a conflict. Rejects with RunQuarantined. */
  readonly reload: () => Promise<LoadedRun>;
  /** Called after every append, with the new state and the position of the record. */
  readonly onAppended: (sealed: Sealed, position: number) => void;
  /** Called when the run was read again: its effects have to be derived anew. */
  readonly onReloaded: () => void;
  readonly onStalled: (error: JournalUnavailable | BlobUnavailable) => void;
  /** Called when the run turns out to be quarantined: it is no longer touched. */
  readonly onDamaged: (error: RunQuarantined) => void;
};

/** Who gives a command. A request has an id, and gets the same answer when it is repeated. */
export type CommandCaller = {
  readonly actor: string;
  readonly id?: string;
  /** Why the actor may not give it to this run; undefined if allowed. */
  readonly refused?: (run: Run) => Refused | undefined;
  /** What the actor may do instead, since somebody who may is away and named them: undefined where that is nothing. */
  readonly meant?: (run: Run) => Promise<Command | undefined>;
};

/** Whoever says what is meant has looked whether it is allowed. */
function allowed({ refused: _refused, ...asker }: CommandCaller): CommandCaller {
  return asker;
}

/** The outcome of an unauthorized command. */
export type Refused = { readonly ok: false; readonly refusal: Refusal };

/** The actor of a fact. That a worker is lost is found by the engine, not by the worker that takes over. */
function speakerOf({
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
