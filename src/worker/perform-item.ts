import type { Report } from '../../events/worker-protocol.ts';
import { TaskError } from '../ports/handler.ts';
import { dropItem, type Granted, type ItemState } from './item-state.ts';
import { completed, failed } from './report-result.ts';
import { sendHeartbeats } from './signs-of-life.ts';
import { handlerFor, type Work } from './work.ts';

/** What a handler came to; `left` when it was not waited for. */
export type Outcome = { readonly report: Report } | 'left';

/** A timer of Node cannot be longer. The engine ends such an attempt without our doing. */
const timerMsMax = 2 ** 31 - 1;

/** Runs the handler of an item that may begin, and says that it is alive while it runs. Never rejects. */
export async function performItem(state: ItemState, granted: Granted): Promise<Outcome> {
  const { link, clock, claimed, of, work, left } = state;
  const quiet = new AbortController();
  const signal = AbortSignal.any([work.signal, quiet.signal]);
  const beats = sendHeartbeats({
    clock,
    everyMs: granted.heartbeatMs ?? link.aliveMs / 3,
    send: (progress) => {
      const said = progress === undefined ? {} : { progress };
      return link.report(claimed.item, { ...of, kind: 'heartbeat', ...said }, signal);
    },
    onAnswer: (answer) => {
      if (!answer.ok && answer.next === 'drop') dropItem(state, answer.message);
    },
  });
  const forget = endAtDeadline(state, granted);
  try {
    return await Promise.race([handle(state, granted, beats.progress), left]);
  } finally {
    beats.end();
    quiet.abort();
    forget();
  }
}

function endAtDeadline({ clock, work }: ItemState, { deadline }: Granted): () => void {
  const dueInMs = deadline === undefined ? Number.NaN : Date.parse(deadline) - clock.now();
  if (Number.isNaN(dueInMs) || dueInMs > timerMsMax) return () => {};

  return clock.after(Math.max(0, dueInMs), () => {
    work.abort(
      new TaskError('worker.deadline', `the attempt had time until ${deadline}`, { retryable: true }),
    );
  });
}

async function handle(
  { handlers, claimed: { item }, work, of, link }: ItemState,
  { deadline }: Granted,
  progress: Work['progress'],
): Promise<Outcome> {
  const { run, task, attempt, key, agent, input, traceparent, team = [] } = item;
  const given = { run, task, attempt, key, agent, team, input, deadline, traceparent, progress };
  try {
    const result = await handlerFor(handlers, item)({ ...given, signal: work.signal });
    return { report: completed(of, result, link.reportBytesMax) };
  } catch (error) {
    return { report: failed(of, error, link.reportBytesMax) };
  }
}
