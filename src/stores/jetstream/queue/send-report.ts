import { type Report, ReportAnswer } from '../../../../events/worker-protocol.ts';
import { untilAborted } from '../../../lib/abort.ts';
import { WorkQueueUnavailable } from '../../../ports/work/work-queue.ts';
import type { Link } from '../connection/link.ts';
import { pause } from '../connection/retry.ts';
import { readMessage } from '../journal/read-message.ts';
import { ANSWER_MS_MAX, askOnce } from './queries.ts';

/** Tells the engine that answers on the subject, again while nobody does, until the signal aborts: then rejects. */
export async function sendReport(
  link: Link,
  subject: string,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<ReportAnswer> {
  const body = JSON.stringify(report);
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const text = await untilAborted(signal, askOnce(link, subject, { body, timeoutMs: ANSWER_MS_MAX }));
    const answer = readMessage(ReportAnswer, text);
    if (answer !== undefined) return answer;
    if (link.connection.isClosed()) throw new WorkQueueUnavailable('the link of the worker was closed');
    await untilAborted(signal, pause(attempt));
  }
}
