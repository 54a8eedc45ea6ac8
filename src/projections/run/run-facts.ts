import type { BreakerState } from '../../../machines/run/breaker.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { triggerText } from '../trigger-document.ts';

/** What is to be known of a run besides its tasks: where it comes from, what answered its failure, what it keeps. */
export type RunFact = { readonly name: string; readonly text: string };

/** In display order, without entries that do not apply. */
export function runFacts(view: RunView): readonly RunFact[] {
  return [...originFacts(view), ...outcomeFacts(view), ...refusedFacts(view), ...keptFacts(view)];
}

function originFacts({ state: { trigger, parent, forkedFrom, failureOf } }: RunView): readonly RunFact[] {
  return [
    ...(trigger === undefined ? [] : [{ name: 'started by', text: triggerText(trigger) }]),
    ...(parent === undefined
      ? []
      : [{ name: 'parent', text: `${parent.task} of run ${parent.run}, attempt ${parent.attempt}` }]),
    ...(forkedFrom === undefined
      ? []
      : [{ name: 'forked from', text: `event ${forkedFrom.at} of run ${forkedFrom.run}` }]),
    ...(failureOf === undefined ? [] : [{ name: 'answers', text: `the failure of run ${failureOf}` }]),
  ];
}

function outcomeFacts({ state }: RunView): readonly RunFact[] {
  const { undoing, failureRun, droppedAt, reason, spent } = state;
  const answer =
    failureRun?.run ?? (failureRun?.error === undefined ? '' : `not started: ${failureRun.error.message}`);

  return [
    ...(reason === undefined ? [] : [{ name: 'reason', text: reason }]),
    ...(undoing === undefined ? [] : undoingFacts(undoing)),
    ...(failureRun === undefined ? [] : [{ name: 'failure run', text: answer }]),
    ...(droppedAt === undefined ? [] : [{ name: 'dropped', text: `no dead letter since ${droppedAt}` }]),
    ...(spent === undefined ? [] : [{ name: 'models', text: spentText(spent) }]),
  ];
}

function spentText({ calls, tokens, money, unpriced }: NonNullable<RunView['state']['spent']>): string {
  const cost = unpriced === true ? `${money} and what has no known price` : String(money);

  return `${calls} calls, ${tokens} tokens, cost ${cost}`;
}

const addressesMax = 10;

function undoingFacts({ done, failed, left }: NonNullable<RunView['state']['undoing']>): readonly RunFact[] {
  const facts = [
    { name: 'undone by', addresses: done },
    { name: 'not undone', addresses: failed },
    { name: 'to undo', addresses: left },
  ];

  return facts.flatMap(({ name, addresses }) =>
    addresses.length === 0 ? [] : [{ name, text: listText(addresses) }],
  );
}

function listText(addresses: readonly string[]): string {
  const more = addresses.length - addressesMax;

  return `${addresses.slice(0, addressesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const refusedShownMax = 5;

/** The latest answers to approvals that did not count. */
function refusedFacts({ state: { refusedAnswers = [] } }: RunView): readonly RunFact[] {
  return refusedAnswers.slice(-refusedShownMax).map(({ by, decision, task, message }) => ({
    name: 'refused',
    text: `${by} could not ${decision} ${task}: ${message}`,
  }));
}

function keptFacts({ state, breakers = {} }: RunView): readonly RunFact[] {
  const { signals = [], concurrencyKey, fairnessKey, labels } = state;

  return [
    ...(labels === undefined ? [] : [{ name: 'labels', text: labelsText(labels) }]),
    ...(concurrencyKey === undefined ? [] : [{ name: 'shares', text: `its limit with ${concurrencyKey}` }]),
    ...(fairnessKey === undefined ? [] : [{ name: 'takes turns', text: `as ${fairnessKey}` }]),
    ...(signals.length === 0
      ? []
      : [
          {
            name: 'signals',
            text: `${listText(signals.map(({ name }) => name))} (kept for a task that asks for them)`,
          },
        ]),
    ...Object.entries(breakers).map(([task, breaker]) => ({
      name: 'breaker',
      text: `${task}: ${breakerText(breaker)}`,
    })),
  ];
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

function breakerText(breaker: BreakerState): string {
  switch (breaker.state) {
    case 'closed':
      return 'closed';
    case 'open':
      return `open until ${new Date(breaker.untilMs).toISOString()}: no attempt begins before`;
    case 'half_open':
      return `half open, ${breaker.probesLeft} more attempts may show whether it works again`;
  }
}
