import type { Answer } from '../../../ports/runs/workflows.ts';
import { shortId } from '../../../terminal/render/short-id.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { Invocation } from '../../invocation.ts';

/** The sequence of the resulting event. Throws the refusal, if any. */
export function accepted(answer: Answer, hint: Invocation['hint']): number {
  if (answer.ok) return answer.sequence;
  const { code, message } = answer.refusal;
  const verb = helpfulVerb[code];
  throw new CliFailure(code, message, verb === undefined ? undefined : hint(verb, shortId(answer.run)));
}

/** A command that explains the refusal. */
const helpfulVerb: Readonly<Record<string, string>> = {
  'run.closed': 'show',
  'approval.settled': 'show',
  'approval.not-yet': 'status',
  'approval.not-asked': 'status',
  'approval.change-too-early': 'status',
  'approval.no-change': 'show',
  'approval.no-more-changes': 'show',
  'approval.already-given': 'status',
  'task.unknown': 'status',
  'task.not-open': 'status',
  'task.not-by-hand': 'status',
  'run.quarantined': 'status',
  'run.newer': 'show',
  'run.compensated': 'history',
  'run.leaving': 'status',
  'run.not-ended': 'status',
  'run.not-failed': 'status',
  'rerun.not-begun': 'status',
  'rerun.pass-gone': 'history',
  'rerun.undoing': 'show',
  'fork.no-event': 'history',
  'fork.not-running': 'history',
  'signal.repeated': 'history',
  'dead-letter.dropped': 'show',
};
