import { headers } from '@nats-io/transport-node';
import { messageOf } from '../../../lib/text.ts';
import { ApiRefusal, MOMENTARY, refusedByServer, WRONG_POSITION } from './jetstream-errors.ts';
import { type Link, readPublishAnswer } from './link.ts';
import { untilBroken } from './race-disconnect.ts';
import { patiently } from './retry.ts';
import { firstAfter, lastOf, type StoredMessage } from './stored-message.ts';
import { ensureStream, STREAM_NOT_FOUND, type StreamSettings, streamInfo } from './streams.ts';

/** A message to store. `after`: the last position of its subject, 0 for none; without it any will do. */
export type OutMessage = {
  readonly subject: string;
  readonly body: Uint8Array | string;
  readonly after?: number;
  readonly header?: Readonly<Record<string, string>>;
};

/**
 * A stream that is made when it is needed first. Everything is tried for as long as what is wrong may pass by itself,
 * and is read through the leader, so that it is never older than what was stored.
 */
export type LazyStream = {
  /** Does something else with the stream, which is there then, for as long as what is wrong may pass. */
  use<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Resolves with the position when it is stored; with undefined when `after` is not the last position. */
  store(message: OutMessage): Promise<number | undefined>;
  last(subject: string): Promise<StoredMessage | undefined>;
  /** The first message of the subject after a position. */
  next(subject: string, after: number): Promise<StoredMessage | undefined>;
};

const STORE_TIMEOUT_MS = 2_000;
/** The server has no room left, or less than it was told to keep free: nothing that passes by itself. */
const FULL: ReadonlySet<number> = new Set([10023, 10047, 10077]);

export function createLazyStream(source: {
  readonly link: Link;
  readonly settings: StreamSettings;
  /** Settings that may differ from ours. */
  readonly open?: ReadonlySet<string>;
  /** The error for what failed for good. */
  readonly giveUp: (reason: string, cause: unknown) => Error;
}): LazyStream {
  const { link, settings, open, giveUp } = source;
  const stream = settings.name;
  let opened: Promise<unknown> | undefined;

  /** `missing`: what is told to whoever may not make the stream. */
  function use<Result>(work: () => Promise<Result>, missing: () => Result = refuse): Promise<Result> {
    const attempt = async (): Promise<Result> => {
      opened ??= link.mayLead ? ensureStream(link, settings, open) : streamInfo(link, stream);
      try {
        if ((await opened) !== undefined) return await untilBroken(link, work());
        opened = undefined;

        return missing();
      } catch (error) {
        // Whatever went wrong, the stream may be gone: the next try looks for it again.
        opened = undefined;
        throw isNotThereYet(error) ? new ApiRefusal({ code: 503, description: error.message }) : error;
      }
    };

    return patiently(
      link,
      attempt,
      (error, problem) => refusedByServer(link.user, error) ?? giveUp(reasonOf(error, problem), error),
    );
  }

  function refuse(): never {
    throw new Error(`the stream ${stream} is not there yet, and only an engine makes it: start one first`);
  }

  return {
    use: (work) => use(work),
    store: (message) => use(() => storeOnce(link, message)),
    last: (subject) =>
      use(
        () => lastOf(link, { stream, subject }),
        () => undefined,
      ),
    next: (subject, after) =>
      use(
        () => firstAfter(link, { stream, subject, after }),
        () => undefined,
      ),
  };
}

async function storeOnce(link: Link, message: OutMessage): Promise<number | undefined> {
  const { subject, body, after, header = {} } = message;
  const lines = headers();
  for (const [name, value] of Object.entries(header)) lines.set(name, value);
  if (after !== undefined) lines.set('Nats-Expected-Last-Subject-Sequence', String(after));

  const options = { headers: lines, timeout: STORE_TIMEOUT_MS };
  const answer = readPublishAnswer(await link.connection.request(subject, body, options));
  if (answer.kind === 'ack') return answer.seq;
  if (answer.kind === 'lost') throw new ApiRefusal({ code: 503, description: answer.reason });
  if (answer.errCode === WRONG_POSITION) return undefined;

  throw new ApiRefusal({
    code: statusOf(answer.status, answer.errCode),
    err_code: answer.errCode,
    description: answer.description,
  });
}

/** It was made or found a moment ago, but in a cluster another server may answer, which does not know of it yet. */
function isNotThereYet(error: unknown): error is ApiRefusal {
  return error instanceof ApiRefusal && error.errCode === STREAM_NOT_FOUND;
}

/** The status decides whether it is tried again. */
function statusOf(status: number, errCode: number): number {
  if (errCode === MOMENTARY) return 503;

  return FULL.has(errCode) ? 413 : status;
}

function reasonOf(error: unknown, problem: string | undefined): string {
  const text = messageOf(error);

  return problem === undefined ? text : `${text} (the server said: ${problem})`;
}
