import type { Append, Journal, Stored } from '../../ports/journal.ts';
import { JournalUnavailable, RecordTooLarge } from '../../ports/journal-errors.ts';
import { createAckInbox } from './ack-inbox.ts';
import { createAppendServer } from './append-server.ts';
import { createGroupCommit } from './group-commit.ts';
import {
  endOfJournal,
  type JournalSource,
  lastOfEachRun,
  lastOfRun,
  readRun,
  storedOf,
} from './journal-read.ts';
import { createOutage } from './outage.ts';
import { patiently } from './patience.ts';
import type { PendingAppend } from './pending-append.ts';
import { settleAppend } from './settle-append.ts';
import { streamInfo } from './streams.ts';
import { tail } from './tail.ts';
import type { TailFrom } from './tail-session.ts';

/** The journal on a JetStream stream. `close` ends the appends that wait; the connection is the caller's. */
export function createJetStreamJournal(
  source: JournalSource & { readonly recordBytesMax: number },
): Journal & { close(): void } {
  const { link, names, recordBytesMax } = source;
  const inbox = createAckInbox(link);
  const outage = createOutage(link.tell, () => performance.now());
  const server = createAppendServer({ link, inbox, outage, stream: names.journalStream, recordBytesMax });
  const inFlight = new Set<string>();
  const commit = createGroupCommit(inbox, (pending, answer) => {
    outage.saw(answer);
    settleAppend(server, pending, answer).then(pending.resolve, pending.reject);
  });

  return {
    append: (append) =>
      new Promise((resolve, reject) => {
        if (inFlight.has(append.run)) {
          // One of a run that was let go of here, and has come back before its last append was settled.
          throw new JournalUnavailable(`run ${append.run} has an append in flight; one at a time`);
        }
        const stored = (position: number): void => {
          outage.over();
          resolve(position);
        };
        commit.add(prepare(source, append, { inFlight, resolve: stored, reject }));
        inFlight.add(append.run);
      }),
    read: (run, { after = 0 } = {}) => readRun(source, run, after),
    last: (run) => lastOfRun(source, run),
    end: () => endOfJournal(source),
    lastOfEach: () => lastOfEachRun(source),
    watch: (options) => {
      // Asked for now, not when the iteration begins: nothing that lands after this call is missed.
      const start = startOf(source, options);
      start.catch(() => undefined);

      return watchFrom(source, start, options);
    },
    close: () => inbox.close(),
  };
}

type Settle = Pick<PendingAppend, 'resolve' | 'reject'> & { readonly inFlight: Set<string> };

function prepare(
  { names, recordBytesMax }: JournalSource & { readonly recordBytesMax: number },
  append: Append,
  { inFlight, resolve, reject }: Settle,
): PendingAppend {
  const { run, id } = append;
  const subject = names.runSubject(run);
  const body = Buffer.from(append.body);
  if (body.length > recordBytesMax) throw new RecordTooLarge(id, body.length, recordBytesMax);

  return {
    append,
    subject,
    body,
    resolve: (position) => {
      inFlight.delete(run);
      resolve(position);
    },
    reject: (error) => {
      inFlight.delete(run);
      reject(error);
    },
  };
}

type Watch = Parameters<Journal['watch']>[0];

async function startOf(source: JournalSource, { after, since }: Watch): Promise<TailFrom> {
  if (after === undefined && since !== undefined) return { kind: 'time', atMs: since };

  return { kind: 'position', seq: (after ?? (await currentPosition(source))) + 1 };
}

async function currentPosition({ link, names }: JournalSource): Promise<number> {
  const info = await patiently(link, () => streamInfo(link, names.journalStream));

  return info?.state.last_seq ?? 0;
}

async function* watchFrom(
  { link, names }: JournalSource,
  start: Promise<TailFrom>,
  { run, signal, onCaughtUp }: Watch,
): AsyncGenerator<Stored, void, undefined> {
  const filter = run === undefined ? names.journalSubjects : names.runSubject(run);
  const current = onCaughtUp !== undefined;
  const options = { stream: names.journalStream, filter, signal, current, givesUp: false };
  let caughtUp = onCaughtUp;
  let left = 0;
  for await (const item of tail(link, { ...options, from: await start })) {
    if (item.kind === 'start') {
      left = item.pending;
    } else {
      yield storedOf(names, item.message);
      left--;
    }
    if (left > 0) continue;
    caughtUp?.();
    caughtUp = undefined;
  }
}
