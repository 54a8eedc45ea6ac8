// What people are told of their commands is what stands in the journal.
import type { Answer, RunCommand } from '../../../src/ports/runs/workflows.ts';
import type { Setting } from '../world/setting.ts';
import { checkTold, wasRefusedBefore } from './refused-answers.ts';

/** How each command shows in the journal. */
const factOf: Readonly<Record<RunCommand['kind'], string>> = {
  approve: 'approval.granted',
  reject: 'approval.denied',
  requestChange: 'approval.change-requested',
  delegateApproval: 'approval.delegated',
  pauseRun: 'run.paused',
  resumeRun: 'run.resumed',
  terminateRun: 'run.terminated',
  cancelRun: 'run.cancelled',
  retryRun: 'run.retried',
  rerun: 'run.rerun',
  skipTask: 'task.skipped',
  resolveTask: 'task.resolved',
  assignTask: 'task.assigned',
  signal: 'signal.received',
  dropDeadLetter: 'dead-letter.dropped',
};

type Told = {
  readonly answer: Answer;
  readonly actor: string;
  readonly since: number;
  /** The run had left the journal before it was asked. */
  readonly hadLeft: boolean;
};

/** Judges the answer to each command. */
export function createAnswerLaw({ world, court, leaving }: Pick<Setting, 'world' | 'court' | 'leaving'>) {
  /** What was accepted is in the journal, where the answer says; what was refused is not. */
  function check(run: string, given: RunCommand, { answer, actor, since, hadLeft }: Told): void {
    world.trace(`${actor} is told ${said(answer)}`);
    if (court.isNewer(run) && !answer.ok && answer.refusal.code === 'run.quarantined')
      court.find(`news: ${run} is quarantined, and only says what this release does not know`);
    if (court.isSetAside(run)) return;
    checkArchived(run, { answer, hadLeft });
    const docket = court.docket(run);
    const records = docket?.records() ?? [];
    const own = isNamed(given) ? [] : records.filter((record) => record.actor === actor);
    if (answer.ok) checkAccepted(given, { run, actor, sequence: answer.sequence });
    else if (
      own.length > 0 &&
      !isTransientRefusal(answer) &&
      // It ended by that, and left before the answer had come through.
      answer.refusal.code !== 'run.archived' &&
      !wasRefusedBefore(docket, { given, answer, since, own })
    ) {
      court.find(
        `I16: ${given.kind} of ${actor} was refused (${answer.refusal.code}) and stands in ${run} as event ${own[0]?.sequence}`,
      );
    }
    checkTold(court, { run, given, answer });
    if (own.length > 1) court.find(`I16: ${given.kind} of ${actor} stands ${own.length} times in ${run}`);
  }

  /** Nothing can be changed about a run that has left the journal, and whoever asks is told why. */
  function checkArchived(run: string, { answer, hadLeft }: Pick<Told, 'answer' | 'hadLeft'>): void {
    const isArchived = !answer.ok && answer.refusal.code === 'run.archived';
    if (hadLeft && !isArchived && !isTransientRefusal(answer))
      court.find(`leaving: ${run} has left the journal, and a command to it was answered ${said(answer)}`);
    if (isArchived && leaving?.law.hasLeft(run) !== true)
      court.find(`leaving: ${run} is in the journal, and a command to it was refused as if it were not`);
  }

  function checkAccepted(
    { kind }: RunCommand,
    { run, actor, sequence }: { readonly run: string; readonly actor: string; readonly sequence: number },
  ): void {
    const at = court.docket(run)?.record(sequence);
    if (at?.actor !== actor || at.type !== factOf[kind])
      court.find(
        `I16: ${kind} of ${actor} was accepted as event ${sequence} of ${run}, which is ${at?.type} by ${at?.actor}`,
      );
  }

  return check;
}

/** Whoever approves goes by their own name each time: their answers cannot be told apart. */
function isNamed(given: RunCommand): boolean {
  return 'by' in given;
}

export function isTransientRefusal(answer: Answer): boolean {
  return (
    !answer.ok &&
    (answer.refusal.code.endsWith('.unavailable') ||
      ['run.moved', 'engine.error'].includes(answer.refusal.code))
  );
}

/** An answer in words. */
export function said(answer: Answer): string {
  return answer.ok ? `event ${answer.sequence}` : `${answer.refusal.code}: ${answer.refusal.message}`;
}
