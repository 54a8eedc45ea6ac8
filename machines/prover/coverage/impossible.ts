import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { DecisionTask, Task } from '../../task.ts';
import { expressionsBehind, shortenExpressions } from './expressions-behind.ts';
import { isNeverLeftOut, isOverAtOnce } from './paths/at-once.ts';
import { anyState, causes, type Target } from './target.ts';

const ofInput = /^\s*(?:\$\{\s*)?workflow\.input\.([A-Za-z_]\w*)\s*\}?\s*$/;

type Known = {
  readonly chart: Chart;
  readonly targets: readonly Target[];
  readonly covered: ReadonlySet<Target>;
};

/** The targets that no run comes to, as far as the definition itself proves it, and why. */
export function impossibleTargets(known: Known): ReadonlyMap<Target, string> {
  const proven = new Map<Target, string>();
  for (const target of known.targets) {
    const why = known.covered.has(target) ? undefined : whyImpossible(known, target);
    if (why !== undefined) proven.set(target, why);
  }
  for (const target of known.targets) {
    if (proven.has(target) || !isOfBody(known, target, proven)) continue;
    proven.set(target, 'nothing inside of it can fail');
  }

  return new Map([...proven, ...behindImpossible(known.targets, proven)]);
}

function whyImpossible(known: Known, target: Target): string | undefined {
  const { chart } = known;
  const { task = '', cause, to } = target;
  switch (cause) {
    case causes.skippedByHand:
    case causes.completedByHand:
      return isOverAtOnce(chart.plan, task) ? 'it is over as soon as the run begins' : undefined;
    case causes.dependencies:
      return to === 'skipped' && isNeverLeftOut(chart.plan, task)
        ? 'nothing that it waits for can be skipped'
        : undefined;
    default:
      return ruledOut(chart, target) ?? ofExpressions(known, target);
  }
}

function ofExpressions({ chart, targets, covered }: Known, target: Target): string | undefined {
  const { task = '', from, cause } = target;
  const behind = expressionsBehind(chart, target);
  const place = chart.plan.get(task)?.task;
  if (behind === undefined || mayFailOtherwise(place, target)) return;
  if (behind.texts.length === 0)
    return cause === 'task.failed' ? 'there is nothing in it that could fail' : undefined;
  if (cause === 'task.failed' && behind.cannotFail)
    return `what ${shortenExpressions(behind.texts)} reads is always there`;
  // It was evaluated, and went another way.
  const wasThere = targets.some(
    (each) => each.task === target.task && each.from === from && covered.has(each),
  );

  return behind.isConstant && wasThere
    ? `${shortenExpressions(behind.texts)} is the same in every run`
    : undefined;
}

/** Files may not be written, results be of another kind, and runs of others not be started. */
function mayFailOtherwise(task: Task | undefined, { cause, from }: Target): boolean {
  if (cause !== 'task.failed') return false;
  if (from === 'shaping' && task?.returns !== undefined) return true;

  return task?.outputTo !== undefined
    ? from === 'shaping' || from === 'scheduled'
    : task?.type === 'SUB_WORKFLOW' && from === 'scheduled';
}

const failures: ReadonlySet<string> = new Set(['failed', 'timed_out']);

/** A body fails because of what fails inside of it, and of nothing else. */
function isOfBody(
  { chart, targets, covered }: Known,
  target: Target,
  proven: ReadonlyMap<Target, string>,
): boolean {
  const { task = '', cause, to } = target;
  const isOfPart = cause === causes.passEnded || cause === causes.partFailed;
  const place = chart.plan.get(task)?.task;
  if (!isOfPart || !failures.has(to) || place?.type !== 'DO_WHILE' || covered.has(target)) return false;
  const inside = targets.filter(({ task: id = '' }) => chart.plan.get(id)?.owner === task);
  const isFlat = inside.every(({ task: id = '' }) => chart.plan.get(id)?.branch === undefined);

  return isFlat && inside.every((each) => !failures.has(each.to) || proven.has(each));
}

/** What only leads on from states that nothing leads to. */
function behindImpossible(
  targets: readonly Target[],
  proven: ReadonlyMap<Target, string>,
): readonly (readonly [Target, string])[] {
  const byTask = groupedByTask(targets);

  return [...byTask.values()].flatMap((ofTask) => {
    const states = statesReached(ofTask, proven);
    return ofTask.flatMap((target): readonly (readonly [Target, string])[] => {
      if (proven.has(target) || target.from === anyState || states.has(target.from)) return [];
      const into = ofTask.find(({ to }) => to === target.from);
      const why = into === undefined ? undefined : proven.get(into);
      return [
        [target, `${target.task ?? 'the run'} is never ${target.from}${why === undefined ? '' : `: ${why}`}`],
      ];
    });
  });
}

function statesReached(ofTask: readonly Target[], proven: ReadonlyMap<Target, string>): ReadonlySet<string> {
  const ends = new Set(ofTask.map(({ to }) => to));
  const states = new Set(ofTask.flatMap(({ from }) => (from === anyState || ends.has(from) ? [] : [from])));
  // Where something leads back to the first state, it is the one that is written first.
  const [first] = ofTask;
  if (first !== undefined) states.add(first.from);
  let size = -1;
  while (size !== states.size) {
    size = states.size;
    for (const each of ofTask) {
      if (!proven.has(each) && (each.from === anyState || states.has(each.from))) states.add(each.to);
    }
  }

  return states;
}

function groupedByTask(targets: readonly Target[]): ReadonlyMap<string, readonly Target[]> {
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const { task = '' } = target;
    const group = groups.get(task);
    if (group === undefined) groups.set(task, [target]);
    else group.push(target);
  }

  return groups;
}

/** Why a DECISION about an input that can only be one of a few values never comes to a case. */
function ruledOut(chart: Chart, { task = '', cause, to }: Target): string | undefined {
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
