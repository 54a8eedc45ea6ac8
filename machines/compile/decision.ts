import type { DecisionTask } from '../task.ts';
import type { Region } from './config.ts';
import { ended } from './patches.ts';
import type { Place } from './plan.ts';
import { regionOf } from './region.ts';
import type { Guard, Patch } from './region-event.ts';
import { enter } from './region-parts.ts';
import { shapedEnds, wayTo } from './shaping.ts';
import { sinks } from './sinking.ts';

/** One state per case, so that a path shows which case was taken. The tasks it names look at the decision itself. */
export function decisionRegion(place: Place & { readonly task: DecisionTask }): Region {
  const { id } = place.task;
  const ends = caseStates(place.task);

  return regionOf(place, 'deciding', {
    deciding: {
      entry: enter('deciding'),
      on: {
        [`decision.made.${id}`]: ends.map(({ state, value }) => ({
          guard: took(value),
          target: wayTo(place, state),
        })),
        [`task.failed.${id}`]: sinks(place, 'failed'),
      },
    },
    ...shapedEnds(
      place,
      decided,
      ends.map(({ state, value }) => ({ guard: hasTaken(value), target: state })),
    ),
  });
}

type CaseState = { readonly state: string; readonly value: string | undefined };

/** XState reads a dot in a state name as a path, so a case with such a value goes by its number. */
function caseStates(task: DecisionTask): readonly CaseState[] {
  const cases = task.cases.map(({ value }, index) => ({
    state: /^[\w -]+$/.test(value) ? `case ${value}` : `case #${index + 1}`,
    value,
  }));
  const fallback = task.defaultNext === undefined ? [] : [{ state: 'default', value: 'default' }];

  return [...cases, ...fallback, { state: 'no_match', value: undefined }];
}

const took =
  (value: string | undefined): Guard =>
  ({ event }) =>
    event.fact.type === 'decision.made' && event.fact.data.case === value;

const hasTaken =
  (value: string | undefined): Guard =>
  ({ context }) =>
    context.task.decision !== undefined && context.task.decision.case === value;

const decided: Patch = (task, event) => {
  if (event.fact.type !== 'decision.made') return task;
  const { value, case: taken, next } = event.fact.data;

  return {
    ...ended(task, event),
    decision: { value, next, ...(taken === undefined ? {} : { case: taken }) },
    output: { value, case: taken ?? 'NO_MATCH', next },
  };
};
