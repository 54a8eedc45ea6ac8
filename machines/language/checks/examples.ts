import type { Json } from '../../../events/canonical-json.ts';
import type { Examples } from '../../definition.ts';
import type { Task } from '../../task.ts';
import { isDynamic } from '../../task-names.ts';
import { checkForm, checkInput } from '../check-input.ts';
import type { Finding } from '../finding.ts';
import { misfitOf } from '../input-value.ts';
import type { Outline } from '../outline.ts';
import { didYouMean } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';

/** Examples are about what the definition has, and are values that it would take. */
export function checkExamples(outline: Outline): readonly Finding[] {
  const { examples } = outline.definition;
  if (examples === undefined) return [];
  const path = ['workflow', 'examples'];

  return [
    ...inputFindings(outline, examples, [...path, 'input']),
    ...resultFindings(outline, examples, [...path, 'results']),
    ...signalFindings(outline, examples, [...path, 'signals']),
    ...answerFindings(outline, examples, [...path, 'answers']),
  ];
}

function inputFindings({ definition }: Outline, { input }: Examples, path: Path): readonly Finding[] {
  return input.flatMap((values, index) => {
    const checked = checkInput(definition, values);
    if (checked.ok) return [];

    return checked.problems.map(({ code, name, message }): Finding => {
      const given = Object.hasOwn(values, name);
      return {
        code: code === 'input.unknown' ? 'definition.undeclared-input' : 'definition.bad-example',
        message: `the example is refused as an input: ${message}`,
        path: [...path, index, ...(given ? [name] : [])],
        ...(code === 'input.unknown' ? { at: 'key' as const } : {}),
      };
    });
  });
}

function resultFindings(outline: Outline, { results }: Examples, path: Path): readonly Finding[] {
  return Object.entries(results).flatMap(([id, values]) => [
    ...taskFindings(outline, { id, path }, (task) =>
      givesResults(task)
        ? undefined
        : `a ${task.type} makes its result itself; examples are for tasks that are carried out`,
    ),
    ...misfits(outline.sites.find(({ task }) => task.id === id)?.task, values, [...path, id]),
  ]);
}

/** The examples that are not what the task says it returns. */
function misfits(task: Task | undefined, values: readonly Json[], path: Path): readonly Finding[] {
  const returns = task?.returns;
  if (returns === undefined) return [];

  return values.flatMap((value, index): readonly Finding[] => {
    const misfit = misfitOf(value, returns);
    const message = `the returns of "${task?.id ?? ''}" refuse the example: ${misfit ?? ''}`;

    return misfit === undefined ? [] : [{ code: 'definition.bad-example', message, path: [...path, index] }];
  });
}

function givesResults(task: Task): boolean {
  if (task.type === 'FORK') return task.body !== undefined && 'workflow' in task.body;

  return ['SIMPLE', 'HTTP', 'EVENT', 'SUB_WORKFLOW'].includes(task.type);
}

function signalFindings({ sites }: Outline, { signals }: Examples, path: Path): readonly Finding[] {
  const names = new Set(
    sites.flatMap(({ task }) => (task.type === 'WAIT' && task.signal !== undefined ? [task.signal] : [])),
  );
  // One that is made of an expression may be any.
  const unknown = [...names].some(isDynamic) ? [] : Object.keys(signals).filter((name) => !names.has(name));

  const waits = sites.flatMap(({ task }) => (task.type === 'WAIT' ? [task] : []));

  return [
    ...unknown.map((name) => ({
      code: 'definition.unknown-signal',
      message: `no task waits for a signal "${name}"${didYouMean(name, names)}`,
      path: [...path, name],
      at: 'key' as const,
    })),
    ...Object.entries(signals).flatMap(([name, values]) =>
      misfits(
        waits.find(({ signal }) => signal === name),
        values,
        [...path, name],
      ),
    ),
  ];
}

function answerFindings(outline: Outline, { answers }: Examples, path: Path): readonly Finding[] {
  const humans = new Map(
    outline.sites.flatMap(({ task }) => (task.type === 'HUMAN' ? [[task.id, task.form] as const] : [])),
  );

  return Object.entries(answers).flatMap(([id, values]) => [
    ...taskFindings(outline, { id, path }, ({ type }) =>
      type === 'HUMAN' ? undefined : `a ${type} asks nobody; answers are given to a HUMAN task`,
    ),
    ...values.flatMap((value, index): readonly Finding[] => {
      const form = humans.get(id);
      const checked = form === undefined ? undefined : checkForm(form, value);
      if (checked === undefined || checked.ok) return [];
      const message = `the form of "${id}" refuses the example: ${checked.problems.join('; ')}`;
      return [{ code: 'definition.bad-example', message, path: [...path, id, index] }];
    }),
  ]);
}

/** What is wrong with an example of a task, besides its values. */
function taskFindings(
  { sites, ids }: Outline,
  { id, path }: { readonly id: string; readonly path: Path },
  faultOf: (task: Task) => string | undefined,
): readonly Finding[] {
  const at = { path: [...path, id], at: 'key' as const };
  const task = sites.find((site) => site.task.id === id)?.task;
  if (task === undefined) {
    return [{ code: 'definition.unknown-task', message: `no task "${id}"${didYouMean(id, ids)}`, ...at }];
  }
  const fault = faultOf(task);

  return fault === undefined ? [] : [{ code: 'definition.bad-example', message: fault, ...at }];
}
