import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { isRunId } from '../../../machines/shard.ts';
import {
  type Append,
  type Journal,
  JournalUnavailable,
  RecordTooLarge,
  type Stored,
} from '../../../src/ports/runs/journal.ts';
import type { PublishResult } from '../../../src/stores/jetstream/connection/link.ts';
import {
  type AppendServer,
  type PendingAppend,
  settleAppend,
} from '../../../src/stores/jetstream/journal/settle-append.ts';
import type { Faults } from './faults.ts';
import { type Link, Lost } from './link.ts';
import type { Message, Stream } from './stream.ts';

const recordBytesMax = 1024 * 1024 - 512;
const momentary: PublishResult = {
  kind: 'refused',
  errCode: 10164,
  status: 400,
  description: 'wrong last sequence',
};
const nothing = () => undefined;

/** The journal as one process reaches it. Appends are settled by the very code that settles them on a real server. */
export function createSimJournal(
  link: Link,
  {
    stream,
    faults,
    onAcked = nothing,
  }: {
    readonly stream: Stream;
    readonly faults: Faults;
    /** Called when a process is told that its record is stored, and where. */
    readonly onAcked?: (append: Append, position: number) => void;
  },
): Journal {
  const server: AppendServer = {
    publish: ({ append }) =>
      link
        .ask(`append ${append.id}`, () =>
          faults.strikes('momentary refusal') ? momentary : stream.publish(append),
        )
        .catch(asLost),
    firstAfter: async ({ append }) => {
      const read = () => stream.of(append.run).find(({ position }) => position > append.after);
      const first = await link.askPatiently(`first after ${append.id}`, read, unavailable);

      return first === undefined ? undefined : { seq: first.position, body: first.body };
    },
    pause: (attempt) =>
      new Promise((resolve) => void link.clock.after(Math.min(10 * 2 ** attempt, 250), () => resolve())),
    passedMs: link.passedMs,
    isClosed: () => false,
    isUp: () => true,
    lastProblem: nothing,
    patienceMs: 30_000,
    recordBytesMax,
  };
  const inFlight = new Set<string>();
  const read = (what: string, effect: () => readonly Message[]) =>
    link.askPatiently(what, () => effect().slice(), unavailable);

  return {
    append: async (append) => {
      const { run, id, body } = append;
      checked(run);
      if (inFlight.has(run))
        throw new JournalUnavailable(`run ${run} has an append in flight; one at a time`);
      const bytes = Buffer.byteLength(body);
      if (bytes > recordBytesMax) throw new RecordTooLarge(id, bytes, recordBytesMax);
      inFlight.add(run);
      try {
        const pending: PendingAppend = {
          append,
          subject: run,
          body: Buffer.from(body),
          resolve: nothing,
          reject: nothing,
        };
        const position = await settleAppend(server, pending, await server.publish(pending));
        onAcked(append, position);
        return position;
      } finally {
        inFlight.delete(run);
      }
    },
    read: async function* (run, { after = 0 } = {}) {
      const found = await read(`read ${checked(run)}`, () => stream.of(run));
      for (const message of found) if (message.position > after) yield parseStored(message);
    },
    last: async (run) => {
      const [message] = await read(`last of ${checked(run)}`, () => stream.of(run).slice(-1));

      return message === undefined ? undefined : parseStored(message);
    },
    end: () => link.askPatiently('end of the journal', stream.end, unavailable),
    lastOfEach: async function* () {
      const lasts = await read('last of each', () =>
        [...stream.runs()].flatMap((run) => stream.of(run).slice(-1)),
      );
      for (const message of lasts) yield parseStored(message);
    },
    watch: (options) => watch(link, stream, options),
  };
}

function asLost(error: unknown): PublishResult {
  if (!(error instanceof Lost)) throw error;

  return { kind: 'lost', reason: error.message };
}

function unavailable(error: Error): JournalUnavailable {
  return new JournalUnavailable(`the journal cannot be read: ${error.message}`, { cause: error });
}

function checked(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}

async function* watch(
  link: Link,
  stream: Stream,
  { run, after, since, signal, onCaughtUp }: Parameters<Journal['watch']>[0],
): AsyncGenerator<Stored, void, undefined> {
  if (run !== undefined) checked(run);
  const end = stream.length();
  let next = (after ?? (since === undefined ? end : firstSince(stream, since) - 1)) + 1;
  let wake: () => void = nothing;
  const ring = () => wake();
  const onWake = (resolve: () => void) => {
    wake = resolve;
  };
  stream.onStored(() => link.receive(ring));
  signal.addEventListener('abort', ring);
  let caughtUp = onCaughtUp;
  while (!signal.aborted) {
    if (next > end) {
      caughtUp?.();
      caughtUp = undefined;
      if (signal.aborted) return;
    }
    const message = stream.at(next);
    if (next <= stream.length()) next += 1;
    else await new Promise<void>((resolve) => onWake(resolve));
    if (message !== undefined && (run === undefined || message.run === run)) yield parseStored(message);
  }
}

function firstSince(stream: Stream, since: number): number {
  let position = stream.length() + 1;
  while (position > 1 && (stream.at(position - 1)?.storedAtMs ?? since) >= since) position -= 1;

  return position;
}
