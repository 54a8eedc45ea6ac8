import type { AckInbox } from './ack-inbox.ts';
import type { Answer } from './answer.ts';
import type { PendingAppend } from './pending-append.ts';
import { publishBatch, publishSingle } from './publish-appends.ts';

/** Sends appends: alone while few wait, many in one atomic batch when many do. */
export type GroupCommit = { add(pending: PendingAppend): void };

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

type Line = {
  readonly inbox: AckInbox;
  readonly onUnclear: (pending: PendingAppend, answer: Answer) => void;
  readonly waiting: PendingAppend[];
  singles: number;
  batches: number;
  lastGroup: number;
  scheduled: boolean;
  gatheringSince: number;
};

/** `onUnclear` takes every append whose single publish was not simply stored. */
export function createGroupCommit(inbox: AckInbox, onUnclear: Line['onUnclear']): GroupCommit {
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

function settleSingle(line: Line, pending: PendingAppend, answer: Answer): void {
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
    settleBatch(line, group, answer);
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

/** The messages of a batch follow each other without a gap; the answer tells the position of the last. */
function settleBatch(line: Line, group: readonly PendingAppend[], answer: Answer): void {
  if (answer.kind === 'ack' && !answer.duplicate && answer.count === group.length) {
    let position = answer.seq - group.length;
    for (const pending of group) pending.resolve(++position);
    return;
  }

  // One stale append refuses all, and a lost answer leaves all in doubt. One by one each is settled on its
  // own, and if the batch lands late after all, those that were stored meanwhile refuse it as a whole.
  for (const pending of group) {
    publishSingle(line.inbox, pending, (single) => settleSingle(line, pending, single));
  }
}
