import type { Report, ReportAnswer, WorkerNote } from '../../../../events/worker-protocol.ts';
import type { Link } from '../connection/link.ts';
import { bytesOfParts, createMessageBatch } from './message-batch.ts';
import { ANSWER_MS_MAX } from './queries.ts';

/** Reports to one engine. */
export type ReportBatches = {
  /**
   * Undefined: no answer, so that whoever owns the run has to be told. `onAnswer` is called before what came with the
   * answer is looked at: an item may have come in place of the one that was reported.
   */
  readonly tell: (
    item: number,
    report: Report,
    onAnswer: (answer: ReportAnswer) => void,
  ) => Promise<ReportAnswer | undefined>;
  readonly answered: (id: number, answer: ReportAnswer | undefined) => void;
  /** What was told may be lost, and so may the answers. */
  readonly lose: () => void;
  /** The engine is gone: nothing is answered any more. */
  readonly close: () => void;
};

const SWEEP_MS = 500;

type Asked = { readonly answer: (answer: ReportAnswer | undefined) => void; readonly dueMs: number };

export function createReportBatches(
  link: Link,
  {
    head,
    subject,
    reply,
  }: {
    readonly head: Omit<Extract<WorkerNote, { kind: 'reports' }>, 'reports'>;
    readonly subject: string;
    /** Where the server says that nobody listens to the subject. */
    readonly reply: string;
  },
): ReportBatches {
  const open = new Map<number, Asked>();
  let reports: { readonly id: number; readonly item: number }[] = [];
  let texts: string[] = [];
  let isClosed = false;
  let nextId = 0;
  let sweeper: NodeJS.Timeout | undefined;

  const batch = createMessageBatch(link, () => {
    const body = [JSON.stringify({ ...head, reports }), ...texts].join('\n');
    [reports, texts] = [[], []];
    if (link.isUp()) link.connection.publish(subject, body, { reply });
  });

  function settle(id: number, answer: ReportAnswer | undefined): void {
    const asked = open.get(id);
    open.delete(id);
    asked?.answer(answer);
  }

  /** One timer for all. The map is in the order of asking. */
  function sweep(): void {
    for (const [id, { dueMs }] of open) {
      if (dueMs > performance.now()) return;
      settle(id, undefined);
    }
    clearInterval(sweeper);
    sweeper = undefined;
  }

  function lose(): void {
    for (const id of [...open.keys()]) settle(id, undefined);
    clearInterval(sweeper);
    sweeper = undefined;
  }

  return {
    tell: (item, report, onAnswer) => {
      const text = JSON.stringify(report);
      if (isClosed || !link.isUp() || Buffer.byteLength(text) > bytesOfParts(link))
        return Promise.resolve(undefined);

      return new Promise((resolve) => {
        const id = nextId++;
        const answer: Asked['answer'] = (given) => {
          if (given !== undefined) onAnswer(given);
          resolve(given);
        };
        open.set(id, { answer, dueMs: performance.now() + ANSWER_MS_MAX });
        sweeper ??= setInterval(sweep, SWEEP_MS).unref();
        batch.add(text, () => {
          reports.push({ id, item });
          texts.push(text);
        });
      });
    },
    answered: settle,
    lose,
    close: () => {
      isClosed = true;
      lose();
    },
  };
}
