import type { Json } from '../../events/canonical-json.ts';
import type { AttemptLog } from '../../events/task-events.ts';
import {
  attemptKeyOf,
  type Granted,
  protocolVersion,
  type Report,
  type ReportAnswer,
  type WorkItem,
} from '../../events/worker-protocol.ts';
import { pausing } from '../lib/abort.ts';
import { timerMsMax } from '../lib/deadline.ts';
import type { RateLimit } from '../lib/rate-limit.ts';
import { messageOf } from '../lib/text.ts';
import type { Clock } from '../ports/clock.ts';
import { TaskError } from '../ports/work/handler.ts';
import type { ClaimedItem, WorkerLink } from '../ports/work/worker-link.ts';
import { every, sendHeartbeats } from './signs-of-life.ts';
import { handlerFor, type Work, type WorkHandlers } from './work.ts';

const codeCharsMax = 200;
const messageCharsMax = 10_000;

/** An item that this worker has. */
export type Carrying = {
  /** Resolves when there is nothing more to do about it: its handler has ended, and the engine has answered. */
  readonly over: Promise<void>;
  /** It was claimed again, because the queue took us for dead. False when we are about to be done with it. */
  readonly claimAgain: (claimed: ClaimedItem) => boolean;
  /** There is no use in going on. */
  readonly drop: (reason: string) => void;
  /** Gives it back, once its handler has ended. */
  readonly release: (reason: string) => void;
  /** Waits for its handler no longer. */
  readonly leave: () => void;
  /** Waits for the engine no longer. */
  readonly hangUp: () => void;
  /** Its handler has ended and the engine has answered: what is left to say keeps nobody from the next item. */
  readonly isParked: () => boolean;
};

/** How often the engine is asked again where it does not say. */
const askAgainMs = 1_000;
/** An engine that is started anew is away for less. Whose run nobody works on keeps no place from other items. */
const silentMsMax = 5_000;
/** The same while there are items that no engine answered for: with many of them the others would hardly get a turn. */
const silentAgainMsMax = 500;
/** How long such an item rests before the next one takes it: twice as long each time, up to a minute. */
const restMs = 1_000;
const restMsMax = 60_000;
/** So many items that no engine answered for are remembered. */
const silencesMax = 1_000;

/** Carries one item out: asks to begin, runs its handler, tells the result until it is answered. */
export function carryItem(claimed: ClaimedItem, deps: CarryDeps): Carrying {
  let leave = (): void => {};
  const left = new Promise<'left'>((resolve) => {
    leave = () => resolve('left');
  });
  const state: ItemState = {
    ...deps,
    claimed,
    of: reportOf(claimed.item, deps.worker),
    work: new AbortController(),
    talk: new AbortController(),
    left,
    ending: undefined,
    isParked: false,
  };

  return {
    over: carry(state),
    claimAgain: (again) => {
      if (state.ending !== undefined) return false;
      state.claimed = again;
      return true;
    },
    drop: (reason) => dropItem(state, reason),
    release: (reason) => {
      state.ending ??= { how: 'release', reason };
      state.work.abort(new Error(reason));
    },
    leave,
    hangUp: () => state.talk.abort(new Error('the worker ends')),
    isParked: () => state.isParked,
  };
}

async function carry(state: ItemState): Promise<void> {
  const { clock, link } = state;
  const rest = every(clock, link.aliveMs / 3, () => state.claimed.alive());
  try {
    const answer = await begin(state);
    if (answer === 'silence') await giveBack(state, restAfter(state));
    else if (answer?.ok === false) await obey(state, answer);
    else await conclude(state, answer === undefined ? 'left' : await performItem(state, answer));
  } catch (error) {
    // The queue gives the item to another worker once it hears of us no more.
    state.onProgress(`attempt ${attemptKeyOf(state.claimed.item)}: ${messageOf(error)}`);
    await state.claimed.giveBack(askAgainMs);
  } finally {
    rest();
    // Until its handler ends it takes the place of another item.
    if (state.ending?.how === 'drop') await endDropped(state);
  }
}

/** Asks whether the attempt may begin; undefined when that was given up, silence where no engine works on the run. */
async function begin(state: ItemState): Promise<ReportAnswer | 'silence' | undefined> {
  const { link, clock, claimed, of, work, silences } = state;
  if (claimed.granted !== undefined) return claimed.granted;
  const silence = new AbortController();
  const patienceMs = silences.size === 0 ? silentMsMax : silentAgainMsMax;
  let isHeard = false;
  // An engine that has much to do answers late, and is no reason to let the item rest.
  const look = (): (() => void) =>
    clock.after(patienceMs, () => {
      if (isHeard) forget = look();
      else silence.abort();
    });
  let forget = look();
  const signal = AbortSignal.any([work.signal, silence.signal]);
  try {
    const answer = await link.report(claimed.item, { ...of, kind: 'start' }, signal, (heard) => {
      isHeard = heard;
    });
    silences.delete(attemptKeyOf(claimed.item));

    return answer;
  } catch (error) {
    if (work.signal.aborted) return undefined;
    if (silence.signal.aborted) return 'silence';
    throw error;
  } finally {
    forget();
  }
}

function restAfter({ silences, claimed: { item } }: ItemState): number {
  const key = attemptKeyOf(item);
  const before = silences.get(key) ?? 0;
  silences.delete(key);
  silences.set(key, before + 1);
  const [oldest] = silences.keys();
  if (silences.size > silencesMax && oldest !== undefined) silences.delete(oldest);

  return Math.min(restMsMax, restMs * 2 ** before);
}

async function obey(state: ItemState, { next, message, retryAfterMs = askAgainMs }: Denied): Promise<void> {
  if (next === 'drop') state.ending ??= { how: 'drop', reason: message };
  else await giveBack(state, retryAfterMs);
}

/** From now on it is not this one that goes on, if it comes again. */
async function giveBack(state: ItemState, delayMs: number): Promise<void> {
  state.ending ??= { how: 'release', reason: 'it is given back' };
  await state.claimed.giveBack(delayMs);
}

async function endDropped({ claimed, onProgress }: ItemState): Promise<void> {
  try {
    await claimed.done();
  } catch (error) {
    onProgress(`attempt ${attemptKeyOf(claimed.item)} stays in the queue: ${messageOf(error)}`);
  }
}

async function conclude(state: ItemState, outcome: Outcome): Promise<void> {
  const { ending, of } = state;
  if (ending?.how === 'drop') return;
  // What was done in spite of all is told; what failed because it was to end is given back.
  const isTold = outcome !== 'left' && (ending === undefined || outcome.report.kind === 'complete');
  const reason = ending?.reason ?? 'the worker ends';
  await tell(state, isTold ? outcome.report : { ...of, kind: 'release', reason });
}

/** Tells the engine until it answers for good, however long that takes. Then nobody needs the item any more. */
async function tell(state: ItemState, report: Report): Promise<void> {
  const { link, clock, talk } = state;
  try {
    for (;;) {
      const answer = await link.report(state.claimed.item, report, talk.signal);
      // The queue may be slow to confirm, and the engine not able to take the result yet.
      state.isParked = true;
      state.onParked();
      // Whatever was answered: whoever gets it next is told whether there is anything left to do.
      if (report.kind === 'release') return await state.claimed.giveBack(0);
      if (!answer.ok && answer.next === 'drop') sayRefused(state, answer);
      if (answer.ok || answer.next === 'drop') return await state.claimed.done();
      await pausing(clock, answer.retryAfterMs ?? askAgainMs, talk.signal);
      talk.signal.throwIfAborted();
    }
  } catch (error) {
    if (!talk.signal.aborted) throw error;
    await state.claimed.giveBack(0);
  }
}

function sayRefused({ claimed, onProgress }: ItemState, { code, message }: Denied): void {
  onProgress(`the result of attempt ${attemptKeyOf(claimed.item)} was not taken: ${code}: ${message}`);
}

/** What a handler came to; `left` when it was not waited for. */
type Outcome = { readonly report: Report } | 'left';

/** Runs the handler of an item that may begin, and says that it is alive while it runs. Never rejects. */
async function performItem(state: ItemState, granted: Granted): Promise<Outcome> {
  const { link, clock, claimed, of, work, left } = state;
  const quiet = new AbortController();
  const signal = AbortSignal.any([work.signal, quiet.signal]);
  const beats = sendHeartbeats({
    clock,
    everyMs: granted.heartbeatMs ?? link.aliveMs / 3,
    budget: state.budget,
    send: (said) => link.report(claimed.item, { ...of, kind: 'heartbeat', ...said }, signal),
    onAnswer: (answer) => {
      if (answer.ok) return;
      if (answer.next === 'drop') dropItem(state, answer.message);
      else state.onProgress(`a heartbeat of ${attemptKeyOf(claimed.item)} was not taken: ${answer.message}`);
    },
  });
  const forget = endAtDeadline(state, granted);
  try {
    return await Promise.race([handle(state, granted, beats), left]);
  } finally {
    beats.end();
    quiet.abort();
    forget();
  }
}

function endAtDeadline({ clock, work }: ItemState, { deadline }: Granted): () => void {
  const dueInMs = deadline === undefined ? Number.NaN : Date.parse(deadline) - clock.now();
  // The engine ends an attempt that may take longer than any timer without our doing.
  if (Number.isNaN(dueInMs) || dueInMs > timerMsMax) return () => {};

  return clock.after(Math.max(0, dueInMs), () => {
    work.abort(
      new TaskError('worker.deadline', `the attempt had time until ${deadline}`, { retryable: true }),
    );
  });
}

async function handle(
  { handlers, claimed: { item }, work, of, link }: ItemState,
  { deadline, lastDetails, input: granted }: Granted,
  { progress, details, printing }: Pick<Work, 'progress' | 'details' | 'printing'>,
): Promise<Outcome> {
  const { run, task, attempt, key, agent, traceparent, team = [] } = item;
  const input = granted ?? item.input;
  const attemptKey = attemptKeyOf(item);
  let printed: AttemptLog | undefined;
  const log = (said: AttemptLog) => {
    printed = said;
  };
  const given = {
    ...{ run, task, attempt, key, attemptKey, agent, team, input, deadline, traceparent },
    ...{ progress, details, printing, log, lastDetails: lastDetails ?? item.lastDetails },
  };
  try {
    const result = await handlerFor(handlers, item)({ ...given, signal: work.signal });
    return { report: withLog(completed(of, result, link.reportBytesMax), printed, link.reportBytesMax) };
  } catch (error) {
    return { report: withLog(failed(of, error, link.reportBytesMax), printed, link.reportBytesMax) };
  }
}

export type CarryDeps = {
  readonly link: WorkerLink;
  readonly clock: Clock;
  readonly worker: string;
  readonly handlers: WorkHandlers;
  readonly onProgress: (message: string) => void;
  /** How often no engine answered for an item, by its attempt. */
  readonly silences: Map<string, number>;
  /** How much may still be sent of what items print. */
  readonly budget: Pick<RateLimit, 'take'>;
  /** Called when the engine has answered, and what is left to say keeps nobody from the next item. */
  readonly onParked: () => void;
};

/** An item that this worker has, while it has it. */
type ItemState = CarryDeps & {
  /** The latest claim: the queue may give the item to us again. */
  claimed: ClaimedItem;
  readonly of: ReportBase;
  /** Ends the handler, and the question whether it may begin. */
  readonly work: AbortController;
  /** Ends whatever is still said to the engine. */
  readonly talk: AbortController;
  /** Resolves when the handler is not waited for any longer. */
  readonly left: Promise<'left'>;
  isParked: boolean;
  ending: { readonly how: 'drop' | 'release'; readonly reason: string } | undefined;
};

type Denied = Extract<ReportAnswer, { ok: false }>;

/** There is no use in going on: ends the handler, and takes the item out of the queue at once. */
function dropItem(state: ItemState, reason: string): void {
  if (state.ending?.how === 'drop') return;
  state.ending = { how: 'drop', reason };
  state.work.abort(new Error(reason));
}

/** What every report about an item says. */
function reportOf({ run, task, attempt, token }: WorkItem, worker: string) {
  return { protocol: protocolVersion, run, task, attempt, token, worker } as const;
}

/** The part that all reports about an item share. */
type ReportBase = ReturnType<typeof reportOf>;
type Failed = Extract<Report, { kind: 'fail' }>['error'];

/** The result as a report. Throws TaskError for what is no JSON, or does not fit into a report. */
function completed(of: ReportBase, result: unknown, bytesMax: number): Report {
  const report = { ...of, kind: 'complete', output: asJson(result) } as const;
  const bytes = sizeOf(report);
  if (bytes <= bytesMax) return report;

  throw new TaskError(
    'output.too-large',
    `the result of ${of.task} has ${bytes} bytes, more than the ${bytesMax} that a report holds; store it elsewhere ` +
      'and return its place',
  );
}

/** What a handler threw, as a report. Details that are no JSON, or too large, are left out. */
function failed(of: ReportBase, error: unknown, bytesMax: number): Report {
  const { details, ...rest } = errorOf(error);
  const plain = { ...of, kind: 'fail', error: rest } as const;
  if (details === undefined) return plain;
  try {
    const whole = { ...plain, error: { ...rest, details: asJson(details) } };

    return sizeOf(whole) <= bytesMax ? whole : plain;
  } catch {
    return plain;
  }
}

/** What was printed is left out where it does not fit. */
function withLog(report: Report, log: AttemptLog | undefined, bytesMax: number): Report {
  if (log === undefined) return report;
  const whole = { ...report, log } as Report;

  return sizeOf(whole) <= bytesMax ? whole : report;
}

function errorOf(error: unknown): Failed {
  const message = messageOf(error).slice(0, messageCharsMax);
  // What nobody foresaw may pass: it counts as a failure that another attempt can overcome.
  if (!(error instanceof TaskError)) return { code: 'worker.error', message, retryable: true };
  const { code, retryable, details } = error;

  return {
    code: code.slice(0, codeCharsMax) || 'worker.error',
    message,
    retryable,
    ...(details === undefined ? {} : { details }),
  };
}

function asJson(result: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(result ?? null)) as Json;
  } catch (cause) {
    throw new TaskError('output.not-json', `the result is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function sizeOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}
