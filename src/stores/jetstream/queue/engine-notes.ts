import { protocolVersion, type ReportAnswer } from '../../../../events/worker-protocol.ts';
import type { Link } from '../connection/link.ts';
import { createMessageBatch } from './message-batch.ts';

/** What an engine says to one worker. */
export type Notes = {
  readonly inbox: string;
  readonly bounces: string;
  /** That the engine is there. */
  readonly greet: () => void;
  /** That it has more than it may hand out, where the worker does not know. */
  readonly tellWaiting: () => void;
  /** An item of an `EngineNote` as text, with its number. */
  readonly item: (id: number, text: string) => void;
  /** False where the item is on its way already. */
  readonly takeOut: (id: number) => boolean;
  readonly answer: (id: number, answer: ReportAnswer | undefined) => void;
};

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
  const items = new Map<number, string>();
  let answers: string[] = [];
  let saidWaiting = 0;
  let lastId: number | undefined;

  /** What is lost because the connection is down is found to be missing, and handed out again. */
  function send(): void {
    saidWaiting = waiting();
    const ids = [...items.keys()];
    lastId = ids.at(-1) ?? lastId;
    const head = JSON.stringify({ protocol: protocolVersion, engine, waiting: saidWaiting, sent: lastId });
    // They are text already.
    const body = `${head.slice(0, -1)},"items":[${[...items.values()]}],"answers":[${answers}]}`;
    const reply = `${bounces}.${ids[0] ?? 0}.${ids.at(-1) ?? -1}`;
    items.clear();
    answers = [];
    if (link.isUp()) link.connection.publish(inbox, body, { reply });
  }

  const batch = createMessageBatch(link, send);

  return {
    inbox,
    bounces,
    greet: batch.plan,
    tellWaiting: () => {
      if (waiting() > 0 && saidWaiting === 0) batch.plan();
    },
    item: (id, text) => batch.add(text, () => items.set(id, text)),
    takeOut: (id) => items.delete(id),
    answer: (id, answer) => {
      const text = JSON.stringify({ id, answer });
      batch.add(text, () => answers.push(text));
    },
  };
}
