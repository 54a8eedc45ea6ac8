import { ApprovalRefused } from '../../../events/task-events.ts';
import { answersApproval } from '../../agents/actions.ts';
import { localId, taskAt } from '../../chart/task-at.ts';
import type { Run } from '../run.ts';
import type { Command, Refusal } from './command.ts';
import { accept, type Decision, refuse, unknownTask } from './decision.ts';

type RefuseApproval = Extract<Command, { kind: 'refuseApproval' }>;

/**
 * More than so many are refused without a trace: nobody may fill a journal by asking for what they may not do. One
 * person alone cannot use them all up; where names cost nothing ten can, and the limit of the run is what holds.
 */
const refusedAnswersMax = 100;
const ofOnePersonMax = 10;
/** Somebody wanted to answer and might have: too late, too early, twice, or without being asked. */
const telling: ReadonlySet<string> = new Set([
  'approval.already-given',
  'approval.excluded',
  'approval.not-allowed',
  'approval.not-yet',
  'approval.settled',
  'authority.level',
  'authority.unknown',
  'run.closed',
]);
const decisions = {
  approve: 'approve',
  reject: 'reject',
  requestChange: 'change',
  delegateApproval: 'delegate',
} as const;

/** The command that has it noted that an answer was refused; undefined where that is nothing to keep. */
export function noteOf(command: Command, { code, message }: Refusal): RefuseApproval | undefined {
  if (!answersApproval(command)) return undefined;
  if (!telling.has(code)) return undefined;
  const { task, by } = command;

  return { kind: 'refuseApproval', task, by, decision: decisions[command.kind], code, message };
}

/** It changes nothing but what is known of the run, so it may come at almost any time, also when it is over. */
export function refuseApproval(run: Run, { kind: _kind, ...answer }: RefuseApproval): Decision {
  const { task } = answer;
  if (taskAt(run.state, task) === undefined) return unknownTask(task);
  if (run.chart.plan.get(localId(task))?.task.type !== 'HUMAN')
    return refuse('approval.not-asked', `${task} asks nobody`);
  const { phase, refusedAnswers = [] } = run.state;
  // The id of the failure workflow's run follows from the last event: one more would have it started twice.
  if (phase === 'notifying') {
    return refuse(
      'run.leaving',
      'the failure workflow of the run is being started: nothing is noted until then',
    );
  }
  if (refusedAnswers.length >= refusedAnswersMax) {
    return refuse('approval.too-many-refused', `${refusedAnswersMax} refused answers are noted already`);
  }
  if (refusedAnswers.filter(({ by }) => by === answer.by).length >= ofOnePersonMax) {
    const message = `${ofOnePersonMax} refused answers of ${answer.by} are noted already`;
    return refuse('approval.too-many-refused', message);
  }

  return accept(ApprovalRefused.of(answer));
}
