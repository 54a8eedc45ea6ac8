import type { Json } from '../../events/canonical-json.ts';
import { protocolVersion, type Report, type ReportAnswer } from '../../events/worker-protocol.ts';
import type { AgentAnswer } from './answer-text.ts';
import type { OfferedAttempt } from './open-attempts.ts';

/** Tells the engine that owns the run, on behalf of an agent. Undefined when nobody answers. */
export type SendReport = (agent: string, report: Report) => Promise<ReportAnswer | undefined>;

/** What becomes of an answer: it is recorded, or never will be, or has to be asked again. */
export type Verdict =
  | { readonly kind: 'recorded' /** The attempt that is over by it. */; readonly overKey?: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly delayMs: number };

const retryMs = 1_000;

/**
 * Reports what an agent wrote. One that knows no token speaks for the attempt that is open now, if it is the agent
 * that has it; who may write into its folder is up to the folder. The engine decides about all others.
 */
export async function reportAnswer(
  send: SendReport,
  answer: AgentAnswer,
  known: OfferedAttempt | undefined,
): Promise<Verdict> {
  const { header } = answer;
  const from = senderOf(answer, known);
  if ('reason' in from) return { kind: 'refused', reason: from.reason };

  if (from.worker !== known?.worker) {
    const againMs = askAgainMs(await send(header.agent, { kind: 'start', ...from }));
    if (againMs !== undefined) return { kind: 'later', delayMs: againMs };
  }
  // Also after a refused start: a result that was recorded before a crash is known by the engine.
  const answered = await send(header.agent, { ...contentOf(answer), ...from });
  if (answered?.ok) {
    const overKey = `${from.run}/${from.task}/${from.attempt}`;
    return { kind: 'recorded', ...(header.status === 'progress' ? {} : { overKey }) };
  }
  const isBadBeat = header.status === 'progress' && answered?.code.startsWith('report.') === true;
  const againMs = isBadBeat ? undefined : askAgainMs(answered);
  if (answered === undefined || againMs !== undefined) return { kind: 'later', delayMs: againMs ?? retryMs };

  return { kind: 'refused', reason: `${answered.code}: ${answered.message}` };
}

/** After what time to ask again; undefined when the engine has decided. */
export function askAgainMs(answer: ReportAnswer | undefined): number | undefined {
  if (answer === undefined) return retryMs;
  if (answer.ok || answer.next === 'drop') return undefined;

  return answer.retryAfterMs ?? retryMs;
}

type Sender = Pick<Report, 'protocol' | 'run' | 'task' | 'attempt' | 'token' | 'worker'>;

function senderOf(
  { header }: AgentAnswer,
  known: OfferedAttempt | undefined,
): Sender | { readonly reason: string } {
  const { workflow_id: run, task_id: task, agent } = header;
  const attempt = header.attempt ?? known?.attempt;
  const token = header.token ?? (attempt === known?.attempt ? known?.token : undefined);
  if (attempt === undefined || token === undefined) {
    const open = known === undefined ? 'none is' : `attempt ${known.attempt} is`;
    return { reason: `answer.not-open: of ${task} of run ${run} ${open} open here; did it end before?` };
  }
  if (header.token === undefined && agent !== known?.agent) {
    return { reason: `answer.other-agent: ${task} of run ${run} is with ${known?.agent}, not ${agent}` };
  }
  const holder = attempt === known?.attempt && agent === known.agent ? known.worker : undefined;

  return {
    protocol: protocolVersion,
    run,
    task,
    attempt,
    token,
    worker: header.worker ?? holder ?? `files:${agent}`,
  };
}

type Content =
  | Pick<Extract<Report, { kind: 'complete' }>, 'kind' | 'output'>
  | Pick<Extract<Report, { kind: 'fail' }>, 'kind' | 'error'>
  | Pick<Extract<Report, { kind: 'heartbeat' }>, 'kind' | 'progress' | 'details'>;

function contentOf({ header, payload }: AgentAnswer): Content {
  const { status, error, percent, message } = header;
  switch (status) {
    case 'success':
      return { kind: 'complete', output: payload };
    case 'failed': {
      const said = error ?? { code: 'agent.failed', message: 'the agent gave no reason', retryable: true };
      return { kind: 'fail', error: { ...(payload === null ? {} : { details: payload }), ...said } };
    }
    case 'progress':
      return {
        kind: 'heartbeat',
        progress: {
          ...(percent === undefined ? {} : { percent }),
          ...(message === undefined ? {} : { message }),
        },
        ...(isEmpty(payload) ? {} : { details: payload }),
      };
  }
}

function isEmpty(payload: Json): boolean {
  return payload === null || (typeof payload === 'object' && Object.keys(payload).length === 0);
}
