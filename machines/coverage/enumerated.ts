import type { Json } from '../../events/canonical-json.ts';
import type { Chart } from '../compile/chart.ts';
import type { DecisionTask } from '../task.ts';
import type { Target } from './target.ts';

const ofInput = /^\s*(?:\$\{\s*)?workflow\.input\.([A-Za-z_]\w*)\s*\}?\s*$/;

/** Why a DECISION about an input that can only be one of a few values never comes to a case. */
export function ruledOut(chart: Chart, { task = '', cause, to }: Target): string | undefined {
  const decision = chart.plan.get(task)?.task;
  if (cause !== 'decision.made' || decision?.type !== 'DECISION') return undefined;
  const name = ofInput.exec(decision.param)?.[1] ?? '';
  const values = valuesOf(chart, name)?.map((each) =>
    typeof each === 'string' ? each : JSON.stringify(each),
  );
  // A condition of a case may be about anything else.
  if (values === undefined || decision.cases.some(({ condition }) => condition !== undefined))
    return undefined;
  const cases = decision.cases.map(({ value }) => value);
  const value = caseNamed(decision, to);
  const isOpen = value === undefined ? values.some((each) => !cases.includes(each)) : values.includes(value);

  return isOpen ? undefined : `\`${name}\` can only be ${values.join(', ')}`;
}

function valuesOf({ definition }: Chart, name: string): readonly Json[] | undefined {
  const input = Object.hasOwn(definition.input, name) ? definition.input[name] : undefined;
  if (input === undefined || !(input.required || input.default !== undefined)) return undefined;

  return input.enum ?? (input.type === 'boolean' ? [true, false] : undefined);
}

/** The value of the case that a state is for; undefined for `default` and `no_match`. */
function caseNamed({ cases }: DecisionTask, state: string): string | undefined {
  const number = /^case #(\d+)$/.exec(state)?.[1];
  if (number !== undefined) return cases[Number(number) - 1]?.value;

  return state.startsWith('case ') ? state.slice('case '.length) : undefined;
}
