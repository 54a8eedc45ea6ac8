import { parseStored } from '../../../machines/run/record/stored-record.ts';
import { isRunId } from '../../../machines/shard.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  GenerationRefused,
  type JournalGeneration,
  type JournalGenerations,
} from '../../ports/runs/generations.ts';
import {
  type Append,
  type Journal,
  JournalConflict,
  RecordTooLarge,
  type Stored,
} from '../../ports/runs/journal.ts';

/** A journal in memory, for simulation tests. `plant` puts any text on a run, as a stranger could. */
export type MemoryJournal = Journal & {
  readonly generations: JournalGenerations;
  plant(message: { readonly run: string; readonly body: string }): number;
};

type Message = {
  readonly run: string;
  readonly position: number;
  readonly body: string;
  readonly storedAtMs: number;
};

const RECORD_BYTES_MAX = 1024 * 1024 - 512;

/** The clock tells when a message is stored; by default it is the one of the machine. */
export function createMemoryJournal({ now }: Pick<Clock, 'now'> = Date): MemoryJournal {
  const log = createSharedLog<Message>();
  const runs = new Map<string, Message[]>();
  /** Positions of what was left behind. */
  const absent = new Set<number>();
  const messagesOf = (run: string): readonly Message[] => runs.get(checkedRun(run)) ?? [];

  const store = ({ run, body }: { readonly run: string; readonly body: string }): number => {
    const message = { run, position: log.length + 1, body, storedAtMs: now() };
    const messages = runs.get(run) ?? [];
    messages.push(message);
    runs.set(run, messages);
    log.push(message);

    return message.position;
  };

  return {
    append: async (append) => {
      refuseTooLarge(append);
      const messages = messagesOf(append.run);
      if ((messages.at(-1)?.position ?? 0) === append.after) return store(append);

      // Sent again because the answer was lost, the record is found where it was put the first time.
      const first = messages.find(({ position }) => position > append.after);
      if (first?.body !== append.body) throw new JournalConflict(append.run, append.after);

      return first.position;
    },
    read: async function* (run, { after = 0 } = {}) {
      for (const message of messagesOf(run).slice()) if (message.position > after) yield parseStored(message);
    },
    last: async (run) => {
      const message = messagesOf(run).at(-1);

      return message === undefined ? undefined : parseStored(message);
    },
    end: async () => {
      let position = log.length;
      while (absent.has(position)) position--;

      return position;
    },
    lastOfEach: async function* () {
      for (const message of [...runs.values()].map((messages) => messages.at(-1))) {
        if (message !== undefined) yield parseStored(message);
      }
    },
    watch: (options) => watch(log, absent, { ...options, after: startOf(log, options) }),
    generations: createGenerations(log, runs, absent),
    plant: store,
  };
}

function createGenerations(
  log: SharedLog<Message>,
  runs: Map<string, Message[]>,
  absent: Set<number>,
): JournalGenerations {
  let generation = 1;
  let carriedTo = 0;
  const current = async (): Promise<JournalGeneration> => {
    const there = [...runs.values()].flat();
    const bytes = there.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);

    return { generation, carriedTo, messages: there.length, bytes };
  };

  return {
    current,
    next: async ({ without }) => {
      for (const [run, last] of without)
        if ((runs.get(run)?.at(-1)?.position ?? last) > last) throw GenerationRefused.movedOn(run);
      for (const run of without.keys()) {
        for (const { position } of runs.get(run) ?? []) absent.add(position);
        runs.delete(run);
      }
      generation += 1;
      carriedTo = log.length;

      return current();
    },
  };
}

type Watch = Parameters<Journal['watch']>[0];

/** The position of a message is its place in the log, counted from 1. */
function startOf(log: SharedLog<Message>, { after, since }: Watch): number {
  if (after !== undefined) return after;
  let start = log.length;
  while (since !== undefined && (log.at(start - 1)?.storedAtMs ?? since - 1) >= since) start--;

  return start;
}

async function* watch(
  log: SharedLog<Message>,
  absent: ReadonlySet<number>,
  { run, after, signal, onCaughtUp }: Watch & { readonly after: number },
): AsyncGenerator<Stored, void, undefined> {
  if (run !== undefined) checkedRun(run);
  const end = log.length;
  if (after >= end) onCaughtUp?.();
  for await (const message of log.follow(after, signal)) {
    if (!absent.has(message.position) && (run === undefined || message.run === run))
      yield parseStored(message);
    if (message.position === end) onCaughtUp?.();
  }
}

function checkedRun(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}

function refuseTooLarge({ id, body }: Append): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > RECORD_BYTES_MAX) throw new RecordTooLarge(id, bytes, RECORD_BYTES_MAX);
}

/** A list that only grows, and whose readers can wait for more. */
type SharedLog<Item> = {
  readonly length: number;
  push(item: Item): void;
  at(index: number): Item | undefined;
  /** The items from `from` on and those that follow, until the signal aborts. */
  follow(from: number, signal: AbortSignal): AsyncGenerator<Item, void, undefined>;
};

function createSharedLog<Item>(): SharedLog<Item> {
  const items: Item[] = [];
  const sleepers = new Set<() => void>();

  return {
    get length() {
      return items.length;
    },
    push: (item) => {
      items.push(item);
      for (const wake of [...sleepers]) wake();
    },
    at: (index) => items[index],
    follow,
  };

  async function* follow(from: number, signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
    for (let index = from; !signal.aborted; ) {
      const item = items[index];
      if (item === undefined) {
        await more(signal);
      } else {
        index++;
        yield item;
      }
    }
  }

  function more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      sleepers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
