import type { AskedCommand } from '../../../../api/commands.ts';
import type { RunAction, RunPage } from '../../../../api/run.ts';

type Json = RunPage['input'][string];
type Values = Readonly<Record<string, Json>>;

/** What was filled in for an action. */
export type ActionFields = {
  readonly reason?: string | undefined;
  /** The inputs of a rerun or a fork, the data of a signal or an answer, the output of a resolved task: as JSON. */
  readonly data?: Json | undefined;
  /** The task that a rerun begins with. */
  readonly from?: string | undefined;
  /** The person who is to answer instead. */
  readonly to?: string | undefined;
};

/** The body of the request that asks for an action. @throws TypeError for what is asked in another way: forks. */
export function askedBody(
  action: Pick<RunAction, 'kind' | 'task' | 'signal'>,
  asked: ActionFields,
): AskedCommand {
  const { reason, data, from = '', to = '' } = asked;
  const { kind, task = '', signal = '' } = action;
  const why = reason === undefined ? {} : { reason };
  switch (kind) {
    case 'resumeRun':
      return { kind };
    case 'rerun':
      return { kind, from, ...(isEmpty(data) ? {} : { input: data as Record<string, Json> }), ...why };
    case 'approve':
    case 'reject':
      return { kind, task, ...comment(reason), ...(isEmpty(data) ? {} : { data: data as Json }) };
    case 'requestChange':
      return { kind, task, comment: reason ?? '' };
    case 'delegateApproval':
      return { kind, task, to, ...why };
    case 'skipTask':
      return { kind, task, ...why };
    case 'resolveTask':
      return { kind, task, output: data ?? null, ...why };
    case 'signal':
      return { kind, name: signal, ...(data === undefined ? {} : { data }) };
    case 'fork':
      throw new TypeError('a fork is asked for at /runs/{run}/fork');
    case 'startAgain':
      throw new TypeError('a run is started at /runs');
    default:
      return { kind, ...why };
  }
}

/** The inputs that were changed: what is left as it is, such as a secret that is not shown, is not sent. */
export function changedInputs(before: Values, after: Values): Values {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value)),
  );
}

function comment(reason: string | undefined): { readonly comment?: string } {
  return reason === undefined ? {} : { comment: reason };
}

function isEmpty(data: Json | undefined): boolean {
  return data === undefined || (typeof data === 'object' && data !== null && Object.keys(data).length === 0);
}
