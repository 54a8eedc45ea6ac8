import { protocolVersion, type ReportAnswer } from '../../../../events/worker-protocol.ts';
import type { Link } from '../connection/link.ts';

/** What an engine says to one worker. What is said within one turn of the event loop goes in one message. */
export type Notes = {
  readonly inbox: string;
  readonly bounces: string;
  /** That the engine is there. */
  readonly greet: () => void;
  /** That it has more than it may hand out, where the worker does not know. */
  readonly tellWaiting: () => void;
  /** An item of an `EngineNote` as text. */
  readonly item: (id: number, text: string) => void;
  readonly answer: (id: number, answer: ReportAnswer | undefined) => void;
};

/** A message holds no more than this, so that none comes near to what the server takes; one item may be larger. */
const BYTES_MAX = 256 * 1024;

export function createNotes(
  link: Link,
  {
    inbox,
    engine,
    bounces,
    waiting,
  }: {
    readonly inbox: string;
    readonly engine: string;
    /** Where the server says that nobody listens to the inbox. What a message held ends the subject. */
    readonly bounces: string;
    readonly waiting: () => number;
  },
): Notes {
  let items: string[] = [];
  let answers: string[] = [];
  let bytes = 0;
  let isPlanned = false;
  let saidWaiting = 0;
  let firstId: number | undefined;
  let lastId: number | undefined;

  /** What is lost because the connection is down is found to be missing, and handed out again. */
  function send(): void {
    isPlanned = false;
    saidWaiting = waiting();
    const head = JSON.stringify({ protocol: protocolVersion, engine, waiting: saidWaiting, sent: lastId });
    // They are text already.
    const body = `${head.slice(0, -1)},"items":[${items}],"answers":[${answers}]}`;
    const reply = `${bounces}.${firstId ?? 0}.${firstId === undefined ? -1 : lastId}`;
    [items, answers, bytes, firstId] = [[], [], 0, undefined];
    if (link.isUp()) link.connection.publish(inbox, body, { reply });
  }

  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      if (isPlanned) send();
    });
  }

  function add(to: string[], text: string): void {
    if (bytes > 0 && bytes + text.length > BYTES_MAX) send();
    bytes += text.length;
    to.push(text);
    plan();
  }

  return {
    inbox,
    bounces,
    greet: plan,
    tellWaiting: () => {
      if (waiting() > 0 && saidWaiting === 0) plan();
    },
    item: (id, text) => {
      add(items, text);
      firstId ??= id;
      lastId = id;
    },
    answer: (id, answer) => add(answers, JSON.stringify({ id, answer })),
  };
}
