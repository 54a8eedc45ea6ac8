import { createTurns } from '../../../lib/turns.ts';
import {
  type Append,
  type Journal,
  JournalUnavailable,
  RecordTooLarge,
  type Stored,
} from '../../../ports/runs/journal.ts';
import type { Link, PublishResult } from '../connection/link.ts';
import { PATIENCE_MS, patiently, pause } from '../connection/retry.ts';
import { firstAfter } from '../connection/stored-message.ts';
import { streamInfo } from '../connection/streams.ts';
import { type AckInbox, createAckInbox } from '../queue/ack-inbox.ts';
import {
  endOfJournal,
  type JournalSource,
  lastOfEachRun,
  lastOfRun,
  readRun,
  storedOf,
} from './journal-read.ts';
import { createOwnRecords, type OwnRecords } from './own-records.ts';
import {
  type AppendServer,
  createOutage,
  type Outage,
  type PendingAppend,
  publishBatch,
  publishSingle,
  settleAppend,
} from './settle-append.ts';
import { watchTogether } from './shared-watch.ts';
import { startSince } from './start-since.ts';
import { type TailFrom, tail } from './tail-session.ts';

// A batch costs the server about 3 ms and 0.02 ms a message, a single append with fsync 0.3 ms: from about ten on
// the batch is cheaper. The server works off batches one by one, so a second one in flight pays only if it is large.
// When the runs take their time to think, a group that is large enough goes off before the rest of them is done:
// then the server works while they do.
const BATCH_MIN = 10;
const GROUP_FULL = 48;
const GATHER_MS_MAX = 2;
const BATCH_MAX = 200;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const BATCHES_MAX = 2;
const SINGLES_MAX = 8;

/** The journal on a JetStream stream. `close` ends the appends that wait; the connection is the caller's. */
export function createJetStreamJournal(
  source: JournalSource & { readonly recordBytesMax: number },
): Journal & { close(): void } {
  const { link, names, recordBytesMax } = source;
  const inbox = createAckInbox(link);
  const outage = createOutage(link, () => performance.now());
  const server = createAppendServer({ link, inbox, outage, stream: names.journalStream, recordBytesMax });
  const inFlight = new Set<string>();
  const own = createOwnRecords();
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
          outage.stored();
          own.note(append, pending.body, position);
          resolve(position);
        };
        const pending = prepare(source, append, { inFlight, resolve: stored, reject });
        commit.add(pending);
        inFlight.add(append.run);
      }),
    read: (run, { after = 0 } = {}) => readRun(source, run, after),
    last: (run) => lastOfRun(source, run),
    end: () => endOfJournal(source),
    lastOfEach: () => lastOfEachRun(source),
    watch: watchTogether((options) => {
      // Asked for now, not when the iteration begins: nothing that lands after this call is missed.
      const start = startOf(source, options);
      start.catch(() => undefined);

      return watchFrom({ ...source, own }, start, options);
    }),
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
  if (after === undefined && since !== undefined) return startSince(source, since);

  return { kind: 'position', seq: (after ?? (await currentPosition(source))) + 1 };
}

async function currentPosition({ link, names }: JournalSource): Promise<number> {
  const info = await patiently(link, () => streamInfo(link, names.journalStream));

  return info?.state.last_seq ?? 0;
}

async function* watchFrom(
  { link, names, own }: JournalSource & { readonly own: OwnRecords },
  start: Promise<TailFrom>,
  { run, signal, onCaughtUp }: Watch,
): AsyncGenerator<Stored, void, undefined> {
  const filter = run === undefined ? names.journalSubjects : names.runSubject(run);
  const current = onCaughtUp !== undefined;
  const options = { stream: names.journalStream, filter, signal, current, givesUp: false };
  const turn = createTurns();
  let caughtUp = onCaughtUp;
  for await (const item of tail(link, { ...options, from: await start })) {
    if (item.kind === 'message')
      yield own.at(item.message.seq, item.message.data) ?? storedOf(names, item.message);
    if (item.kind === 'caught-up') {
      caughtUp?.();
      caughtUp = undefined;
    }
    await turn();
  }
}

/** The stream of a real server, as appending sees it. */
function createAppendServer(source: {
  readonly link: Link;
  readonly inbox: AckInbox;
  readonly outage: Outage;
  readonly stream: string;
  readonly recordBytesMax: number;
}): AppendServer {
  const { link, inbox, outage, stream, recordBytesMax } = source;

  return {
    publish: (pending) =>
      new Promise((resolve) => {
        publishSingle(inbox, pending, (answer) => {
          outage.saw(answer);
          resolve(answer);
        });
      }),
    firstAfter: ({ subject, append }) =>
      patiently(link, () => firstAfter(link, { stream, subject, after: append.after })),
    pause,
    passedMs: () => performance.now(),
    isClosed: () => link.connection.isClosed(),
    isUp: link.isUp,
    lastProblem: link.lastProblem,
    patienceMs: PATIENCE_MS,
    recordBytesMax,
  };
}

/** Sends appends: alone while few wait, many in one atomic batch when many do. */
type GroupCommit = { add(pending: PendingAppend): void };

type Line = {
  readonly inbox: AckInbox;
  readonly onUnclear: (pending: PendingAppend, answer: PublishResult) => void;
  readonly waiting: PendingAppend[];
  singles: number;
  batches: number;
  lastGroup: number;
  scheduled: boolean;
  gatheringSince: number;
};

/** `onUnclear` takes every append whose single publish was not simply stored. */
function createGroupCommit(inbox: AckInbox, onUnclear: Line['onUnclear']): GroupCommit {
  const line: Line = {
    inbox,
    onUnclear,
    waiting: [],
    singles: 0,
    batches: 0,
    lastGroup: 1,
    scheduled: false,
    gatheringSince: 0,
  };

  return {
    add: (pending) => {
      if (line.waiting.length === 0) line.gatheringSince = performance.now();
      line.waiting.push(pending);
      if (hasGathered(line)) sendBatch(line);
      else schedule(line);
    },
  };
}

function hasGathered({ waiting, batches, gatheringSince }: Line): boolean {
  if (waiting.length < GROUP_FULL || batches >= BATCHES_MAX) return false;

  return performance.now() - gatheringSince > GATHER_MS_MAX;
}

/**
 * The next tick comes when every promise that is settled now has been followed: all runs that the last answer
 * woke have appended by then. Runs that came as a crowd are given one turn of the event loop more, so that their
 * first few do not go off alone.
 */
function schedule(line: Line): void {
  if (line.scheduled) return;
  line.scheduled = true;
  if (line.lastGroup >= BATCH_MIN) setImmediate(pump, line);
  else process.nextTick(pump, line);
}

function pump(line: Line): void {
  line.scheduled = false;
  while (line.waiting.length > 0) {
    if (mayBatch(line)) sendBatch(line);
    else if (line.batches === 0 && line.singles < SINGLES_MAX) sendSingle(line);
    else return;
  }
}

function mayBatch({ waiting, batches }: Line): boolean {
  return batches < BATCHES_MAX && waiting.length >= (batches === 0 ? BATCH_MIN : GROUP_FULL);
}

function sendSingle(line: Line): void {
  const pending = line.waiting.shift();
  if (pending === undefined) return;
  if (line.waiting.length === 0 && line.singles === 0) line.lastGroup = 1;
  line.singles++;
  publishSingle(line.inbox, pending, (answer) => {
    line.singles--;
    if (line.waiting.length > 0) schedule(line);
    settleSingle(line, pending, answer);
  });
}

function settleSingle(line: Line, pending: PendingAppend, answer: PublishResult): void {
  if (answer.kind === 'ack' && !answer.duplicate) pending.resolve(answer.seq);
  else line.onUnclear(pending, answer);
}

function sendBatch(line: Line): void {
  const group = line.waiting.splice(0, batchLength(line.waiting));
  line.batches++;
  line.lastGroup = group.length;
  publishBatch(line.inbox, group, (answer) => {
    line.batches--;
    if (line.waiting.length > 0) schedule(line);
    void settleBatch(line, group, answer);
  });
}

function batchLength(waiting: readonly PendingAppend[]): number {
  let count = 0;
  let bytes = 0;
  for (const { body } of waiting) {
    bytes += body.length;
    if (count === BATCH_MAX || (count > 0 && bytes > BATCH_BYTES_MAX)) break;
    count++;
  }

  return count;
}

/**
 * The messages of a batch follow each other without a gap; the answer tells the position of the last. Each append that
 * is settled makes its run go on, and two hundred of them at once would give nobody else a turn.
 */
async function settleBatch(
  line: Line,
  group: readonly PendingAppend[],
  answer: PublishResult,
): Promise<void> {
  if (answer.kind === 'ack' && !answer.duplicate && answer.count === group.length) {
    const turn = createTurns();
    let position = answer.seq - group.length;
    for (const pending of group) {
      pending.resolve(++position);
      await turn();
    }
    return;
  }

  // One stale append refuses all, and a lost answer leaves all in doubt. One by one each is settled on its
  // own, and if the batch lands late after all, those that were stored meanwhile refuse it as a whole.
  for (const pending of group) {
    publishSingle(line.inbox, pending, (single) => settleSingle(line, pending, single));
  }
}
