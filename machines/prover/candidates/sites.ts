import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../definition.ts';
import type { Task } from '../../task.ts';
import { nameTemplate } from '../../task-names.ts';

/** An expression that decides which way a run goes. */
export type Control =
  | {
      readonly kind: 'condition';
      readonly task: string;
      readonly source: string;
      readonly wanted: boolean | undefined;
    }
  | {
      readonly kind: 'param';
      readonly task: string;
      readonly source: string;
      readonly cases: readonly string[];
    }
  | { readonly kind: 'list' | 'time' | 'names'; readonly task: string; readonly source: Json };

/** The expressions of a task that decide its way, in the order in which they are evaluated. */
export function controlsOf(task: Task): readonly Control[] {
  const condition = (source: string | undefined, wanted: boolean | undefined): readonly Control[] =>
    source === undefined ? [] : [{ kind: 'condition', task: task.id, source, wanted }];
  const whole = (kind: 'list' | 'time' | 'names', source: Json | undefined): readonly Control[] =>
    source === undefined ? [] : [{ kind, task: task.id, source }];

  return [...condition(task.when, true), ...whole('names', nameTemplate(task)), ...ofType()];

  function ofType(): readonly Control[] {
    switch (task.type) {
      case 'DECISION': {
        const { id, param, cases } = task;
        const values = [...new Set(cases.map(({ value }) => value))];
        return [
          { kind: 'param', task: id, source: param, cases: values },
          ...cases.flatMap((each) => condition(each.condition, undefined)),
        ];
      }
      case 'FORK':
        return whole('list', task.forEach === undefined ? undefined : `\${${task.forEach}}`);
      case 'DO_WHILE':
        // A loop that goes on for ever is not the plainest way.
        return [...whole('list', task.items), ...condition(task.loopCondition, false)];
      case 'WAIT':
        return [...whole('time', task.until), ...condition(task.match, true)];
      default:
        return [];
    }
  }
}

/** What a task evaluates itself to be settled; an expression that fails there fails the task. */
export function evaluatedIn(task: Task): readonly Json[] {
  return [
    ...(task.output?.kind === 'map' ? [task.output.map] : []),
    ...(task.type === 'SET_VARIABLE' ? [task.variables] : []),
    ...(task.type === 'TERMINATE' ? defined(task.reason) : []),
    ...defined(task.outputTo),
  ];
}

/** Every other template of a task: what it hands to whoever carries it out. */
export function handedOut(task: Task): readonly Json[] {
  const run = task.performer.kind === 'run' ? task.performer.run : undefined;

  return [
    ...defined(task.input),
    ...(run === undefined ? [] : [run.command, ...defined(run.stdin), run.env, ...defined(run.cwd)]),
    ...(task.type === 'HTTP' ? [task.request.url, task.request.headers, ...defined(task.request.body)] : []),
    ...(task.type === 'EVENT' ? [...defined(task.event.subject), ...defined(task.event.data)] : []),
  ];
}

/** The templates of the run itself. */
export function templatesOfRun({
  output,
  variables,
  concurrency,
  fairness,
  key,
  runLabels,
  cancelOn = [],
}: Definition): readonly Json[] {
  return [
    variables,
    ...(output.kind === 'map' ? [output.map] : []),
    ...defined(key),
    ...defined(runLabels),
    ...[concurrency?.key, fairness?.key, ...cancelOn.map(({ when }) => when)].flatMap((key) =>
      key === undefined ? [] : [`\${${key}}`],
    ),
  ];
}

function defined(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : [value];
}
