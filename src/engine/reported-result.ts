import type { ErrorData } from '../../events/error-data.ts';
import type { ReportAnswer } from '../../events/worker-protocol.ts';
import { taskAt } from '../../machines/compile/task-at.ts';
import { isTooDeep } from '../../machines/json-depth.ts';
import { reservedKey } from '../../machines/run/claim-check.ts';
import type { Command } from '../../machines/run/command.ts';
import { staleAttempt } from '../../machines/run/decide-attempt.ts';
import { answerToRefusal, dropped, taken } from './report-answers.ts';
import {
  heldByReporter,
  isRefusal,
  type OpenAttempt,
  type Reported,
  type ReportingDeps,
  type ReportOf,
  submitted,
} from './reported.ts';
import { failureOf, outputOf, patiently } from './task-output.ts';

type Result = Reported<ReportOf<'complete' | 'fail'>>;

/** Records how the attempt ended. What the run has recorded already is taken as often as it is told. */
export async function reportedResult(reported: Result, deps: ReportingDeps): Promise<ReportAnswer> {
  const open = heldByReporter(reported);
  if (isRefusal(open)) return isRecorded(reported) ? taken : dropped(open);
  const recorded = deps.holders.reporting(reported.of);
  try {
    const command = await commandOf(reported, open, deps);
    const outcome = await submitted(reported, command);

    return outcome.ok || isRecorded(reported) ? taken : answerToRefusal(outcome.refusal);
  } finally {
    recorded();
  }
}

async function commandOf(
  reported: Result,
  { task, state }: OpenAttempt,
  deps: ReportingDeps,
): Promise<Command> {
  const { report, of, mailbox } = reported;
  const { address, attempt } = of;
  const { startedAt = new Date(deps.clock.now()).toISOString() } = state;
  const result = { task: address, attempt, worker: report.worker, startedAt };
  if (report.kind === 'fail') return { kind: 'failTask', ...result, error: errorOf(report.error) };
  const run = mailbox.run();
  const stop = { isTold: () => staleAttempt(mailbox.run(), address, attempt) !== undefined };
  try {
    const output = await patiently({ run, stop }, deps, () =>
      outputOf({ run, task, address }, report.output, deps),
    );

    return { kind: 'completeTask', ...result, output };
  } catch (error) {
    return { kind: 'failTask', ...result, error: failureOf(error) };
  }
}

/** Details that no record could hold are left out: that the attempt failed counts. */
function errorOf({ details, ...error }: ReportOf<'fail'>['error']): ErrorData {
  if (details === undefined || isTooDeep(details) || reservedKey(details) !== undefined) return error;

  return { ...error, details };
}

/** Whether this is how the attempt ended: the answer was lost, so the worker tells it again. */
function isRecorded({ mailbox, report, of }: Result): boolean {
  const state = taskAt(mailbox.run().state, of.address);
  if (state?.attempt !== of.attempt || state.worker !== report.worker) return false;
  if (report.kind === 'complete') return state.state === 'completed' && state.byHand === undefined;

  return !withoutFailure.has(state.state) && state.error?.code === report.error.code;
}

/** An attempt that is here has not failed: the error that the task shows is that of an attempt before. */
const withoutFailure: ReadonlySet<string> = new Set(['in_progress', 'cancelled', 'skipped', 'completed']);
