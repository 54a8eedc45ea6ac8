import type { Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import type { Chart } from '../compile/chart.ts';
import type { RunState } from '../compile/run-state.ts';
import { checkInput } from '../language/check-input.ts';
import { eventOf } from '../run/fold.ts';
import type { Run } from '../run/run.ts';

type Inputs = Readonly<Record<string, Json>>;

/** Why the run could not have been started by the definition, in words; undefined where it could. */
export function inputDifference(first: JournalRecord, { definition }: Chart): string | undefined {
  const { fact } = eventOf(first);
  if (fact.type !== 'run.started') return undefined;
  const checked = checkInput(definition, fact.data.input);
  if (checked.ok) return undefined;
  // The journal does not show what is secret, so that nothing can be said of it but that it was given.
  const problems = checked.problems.filter(
    ({ name, code }) =>
      code === 'input.missing' || code === 'input.unknown' || !isHidden(definition.input[name]),
  );

  return problems.length === 0
    ? undefined
    : `the input does not fit: ${problems.map(({ message }) => message).join('; ')}`;
}

/** The input of a run as it would have been started by the definition: with the defaults of that. */
export function filledIn(input: Inputs, { definition }: Chart): Inputs {
  const missing = Object.entries(definition.input).flatMap(([name, { default: preset }]): [string, Json][] =>
    preset === undefined || Object.hasOwn(input, name) ? [] : [[name, preset]],
  );

  return missing.length === 0 ? input : { ...input, ...Object.fromEntries(missing) };
}

/** Why nothing can be told of a run that goes on from another one; undefined where something can. */
export function cannotFork(first: JournalRecord, { initial, ref }: Chart): string | undefined {
  const { fact } = eventOf(first);
  if (fact.type !== 'run.forked' || fact.data.definition.hash === ref.hash) return undefined;
  const { tasks } = fact.data.state as unknown as RunState;
  const isAlike = Object.keys(tasks).sort().join() === Object.keys(initial.tasks).sort().join();
  const { run, at } = fact.data.from;
  if (isAlike && Object.values(tasks).every(({ body }) => body === undefined)) return undefined;

  return `it goes on from event ${at} of run ${run}, in the middle of another definition; look at that run instead`;
}

/** Whether expressions may have missed a secret that is not kept any more. */
export function lacksSecrets({ chart, state, aside }: Run): boolean {
  return Object.entries(chart.definition.input).some(
    ([name, { secret }]) => secret && state.input[name] === '***' && aside.secretInput[name] === undefined,
  );
}

function isHidden(property: Chart['definition']['input'][string] | undefined): boolean {
  return property?.secret === true;
}
