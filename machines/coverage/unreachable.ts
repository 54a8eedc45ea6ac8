import type { Chart } from '../compile/chart.ts';
import { waitsAside } from '../compile/reopened-task.ts';
import { causes, runCauses, type Target } from './target.ts';

/** Why nothing that can happen leads to a transition, as well as that can be told from the definition. */
export function whyUnreachable(chart: Chart, target: Target): string {
  return target.task === undefined ? whyRun(target) : whyTask(chart, target, target.task);
}

function whyTask({ plan }: Chart, { cause, to }: Target, task: string): string {
  const place = plan.get(task);
  if (cause.startsWith('timer.fired.')) return timed(cause);

  switch (cause) {
    case causes.dependencies:
      return to === 'skipped'
        ? 'nothing that it waits for can be skipped'
        : 'what it waits for is never there at the same time';
    case causes.skippedByHand:
    case causes.completedByHand:
      return place !== undefined && waitsAside(place)
        ? 'it is over as soon as it begins to undo'
        : 'it is over as soon as it begins';
    case causes.givenUp:
      return 'its FORK is not over before it is';
    case causes.begunAnew:
      return 'its FORK is never tried again';
    case causes.undo:
      return 'the run never ends in a way that undoes what it did';
    case causes.partFailed:
    case causes.passEnded:
      return to === 'retrying'
        ? 'what fails inside of it is never worth another attempt'
        : 'nothing inside of it ends in a way that leads there';
    case causes.fallbackEnded:
      return to === 'failed' ? 'what stands in for it cannot fail' : 'what stands in for it never completes';
    case 'task.failed':
      return failed(to);
    case 'signal.taken':
      return 'it waits from the beginning, so no signal comes before';
    default:
      return `no ${cause} leads there in anything that can happen`;
  }
}

function timed(cause: string): string {
  return `its ${cause.slice('timer.fired.'.length)} never comes before everything else that can happen then`;
}

function failed(to: string): string {
  if (to === 'retrying') return 'none of its failures is worth another attempt';
  if (to === 'caught') return 'none of its failures has a code that its `catch` names';

  return 'there is nothing in it that could fail';
}

function whyRun({ from, cause, to }: Target): string {
  if (cause === 'run.retried')
    return 'what the run did is always undone before it ends so: it cannot be gone on from';
  if (to === 'cancelling') return 'no run that this one started is under way then';
  if (from === 'cancelling') return `no run that this one started is under way when it turns to ${to}`;
  if (cause === 'run.failed') return 'its output can be made whatever happens';
  if (to === 'compensating') return 'nothing that can be undone was done before';
  if (to === 'compensation_failed') return 'what undoes cannot fail';
  if (from === 'compensating') return 'what undoes is over as soon as it begins';
  if (cause === runCauses.sunk || cause === runCauses.ended)
    return 'something is always left to undo, or to be told, first';
  if (from === 'paused') return 'nothing that is under way can end the run while it is paused';

  return 'nothing that can happen in the run leads there';
}
