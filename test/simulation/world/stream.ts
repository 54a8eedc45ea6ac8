import type { Append } from '../../../src/ports/runs/journal.ts';
import type { PublishResult } from '../../../src/stores/jetstream/connection/link.ts';

/** One message as the server holds it. */
export type Message = {
  readonly run: string;
  readonly position: number;
  readonly body: string;
  readonly storedAtMs: number;
};

/**
 * The stream of the journal as a server keeps it: one log, and a message is taken only if the last one of its run is
 * the one that was expected. What a server does besides (lost answers, refusals of a moment) is done by who asks it.
 */
export type Stream = {
  readonly publish: (append: Append) => PublishResult;
  /** Stores any text on a run, as a stranger could. */
  readonly plant: (run: string, body: string) => number;
  /** Changes, or removes, what is stored, as a failing disk could. */
  readonly damage: (position: number, body: string | undefined) => void;
  /** Loses its last messages, whose positions are given again; returns them. */
  readonly loseTail: (count: number) => readonly Message[];
  /** The journal goes on without these runs: the positions of their messages stay empty. */
  readonly leave: (left: Iterable<string>) => void;
  /** From now on nothing is stored, until it is opened again. */
  readonly close: () => void;
  readonly open: () => void;
  /** What a second server on the same store would hold: the same so far, and from now on another log. */
  readonly fork: () => Stream;
  readonly of: (run: string) => readonly Message[];
  readonly at: (position: number) => Message | undefined;
  readonly runs: () => Iterable<string>;
  /** How many positions were given. */
  readonly length: () => number;
  /** The position of the last message, also of one that a disk has lost. */
  readonly end: () => number;
  /** Called for every message at the moment in which it is stored. */
  readonly onStored: (listen: (message: Message) => void) => void;
};

const WRONG_POSITION = 10071;

export function createStream(nowMs: () => number, before: readonly Message[] = [], end = 0): Stream {
  const log = new Map(before.map((message) => [message.position, message]));
  const runs = new Map<string, Message[]>();
  for (const message of before) runs.set(message.run, [...(runs.get(message.run) ?? []), message]);
  const listeners: ((message: Message) => void)[] = [];
  const left = new Set<number>();
  let last = end;
  let isClosed = false;

  function store(run: string, body: string): number {
    last += 1;
    const message = { run, position: last, body, storedAtMs: nowMs() };
    const messages = runs.get(run) ?? [];
    messages.push(message);
    runs.set(run, messages);
    log.set(last, message);
    for (const listen of listeners) listen(message);

    return last;
  }

  return {
    publish: ({ run, body, after }) => {
      if (isClosed) return { kind: 'lost', reason: 'no stream takes it at the moment' };
      const at = runs.get(run)?.at(-1)?.position ?? 0;
      if (at !== after)
        return {
          kind: 'refused',
          errCode: WRONG_POSITION,
          status: 400,
          description: `wrong last sequence: ${at}`,
        };

      return { kind: 'ack', seq: store(run, body), count: 1, duplicate: false };
    },
    plant: store,
    damage: (position, body) => {
      const message = log.get(position);
      if (message === undefined) return;
      const messages = runs.get(message.run) ?? [];
      const index = messages.indexOf(message);
      const altered = body === undefined ? [] : [{ ...message, body }];
      messages.splice(index, 1, ...altered);
      if (altered[0] === undefined) log.delete(position);
      else log.set(position, altered[0]);
    },
    loseTail: (count) => {
      const lost: Message[] = [];
      for (const end = last; last > 0 && last > end - count; last -= 1) {
        const message = log.get(last);
        log.delete(last);
        if (message === undefined) continue;
        runs.get(message.run)?.pop();
        lost.push(message);
      }
      for (const { run } of lost) if (runs.get(run)?.length === 0) runs.delete(run);

      return lost;
    },
    leave: (runsLeft) => {
      for (const run of runsLeft) {
        for (const { position } of runs.get(run) ?? []) {
          log.delete(position);
          left.add(position);
        }
        runs.delete(run);
      }
    },
    close: () => {
      isClosed = true;
    },
    open: () => {
      isClosed = false;
    },
    fork: () => createStream(nowMs, [...log.values()], last),
    of: (run) => runs.get(run) ?? [],
    at: (position) => log.get(position),
    runs: () => runs.keys(),
    length: () => last,
    end: () => {
      let position = last;
      while (left.has(position)) position -= 1;

      return position;
    },
    onStored: (listen) => void listeners.push(listen),
  };
}
