import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { Definition } from '../../definition.ts';
import { parseExpression } from '../../expressions/parse.ts';
import { checkForm, checkInput } from '../../language/check-input.ts';
import { misfitOf } from '../../language/input-value.ts';
import { templateParts } from '../../language/references/type-rules.ts';
import { errorComparisons } from '../../language/world/error-codes.ts';
import type { HumanTask, Task } from '../../task.ts';
import { isDynamic } from '../../task-names.ts';
import { survey } from './collect-sites.ts';
import { createDomains, type Domain } from './domain.ts';
import type { Choice } from './product.ts';
import { readersOf } from './readers.ts';
import type { SourceKind, World } from './reading.ts';
import { anyItem, type Spot } from './value-site.ts';

/** The values that an exploration of the definition tries. */
export function candidatesOf(definition: Definition, chart: Chart): Candidates {
  const { source } = survey(definition, chart.plan);
  const domainOf = createDomains();
  const find = (kind: SourceKind, task?: string) => listed(source(kind, task), domainOf);
  const tasks = [...chart.plan.values()].map(({ task }) => task);
  plantExamples(definition, tasks, source);
  const found = new Map(tasks.map((task) => [task.id, withExamples(ofTask(task, find), definition, task)]));
  const inputs = find('input');
  const examples = definition.examples?.input ?? [];
  const codes = comparedCodes(tasks);
  const asked = JSON.stringify(definition);
  const taken = (id: string): readonly Choice[] => found.get(id)?.values ?? [];
  const given = (id: string): readonly Json[] => filled(taken(id).filter((value) => value !== undefined));

  return {
    inputs: inputsOf(definition, [...examples, ...inputs.values]),
    results: given,
    signals: given,
    misfits: (id) => misfitsOf(chart.plan.get(id)?.task ?? {}, given(id)[0] ?? {}),
    answers: (id) => (taken(id).length === 0 ? [undefined] : taken(id)),
    readers: readersOf(chart),
    codes: (id) => codes.get(id) ?? [],
    isAsked: (path) => asked.includes(path),
    omitted: [...omitted('the input', inputs), ...tasks.flatMap(({ id }) => omitted(id, found.get(id)))],
  };
}

/** The error codes that conditions ask for, by the task that may fail with them. */
function comparedCodes(tasks: readonly Task[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const text of tasks.flatMap(textsIn).filter((each) => each.includes('.error.code'))) {
    const sources = text.includes('${') ? templateParts(text).parts.map(({ source }) => source) : [text];
    for (const { id, code } of sources.flatMap(codesIn)) found.set(id, [...(found.get(id) ?? []), code]);
  }

  return found;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];

  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function codesIn(source: string): ReturnType<typeof errorComparisons> {
  try {
    return errorComparisons(parseExpression(source));
  } catch {
    return [];
  }
}

type Values = Readonly<Record<string, Json>>;

/** `tried` leaves the odd values out, as `total` does. */
type List = { readonly values: readonly Choice[]; readonly tried: number; readonly total: number };

function listed(spot: Spot, domainOf: (spot: Spot) => Domain): List {
  if (isUnread(spot) && spot.rules === undefined) return { values: [{}], tried: 1, total: 1 };
  const { values, odd, total } = domainOf(spot);

  return { values: distinct([...values, ...odd]), tried: values.length, total };
}

function isUnread({ parts, shapes, values, examples, marks }: Spot): boolean {
  return parts.size + shapes.size + values.length + examples.length + marks.size === 0;
}

function ofTask(task: Task, find: (kind: SourceKind, task: string) => List): List | undefined {
  switch (task.type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
    case 'SUB_WORKFLOW':
      return fittingOf(task, find('result', task.id));
    case 'WAIT':
      return task.signal === undefined ? undefined : fittingOf(task, find('signal', task.id));
    case 'HUMAN':
      return answersTo(task, find('answer', task.id));
    case 'TRANSFORM':
      return task.returns === undefined ? undefined : plainestOf(fittingOf(task, find('result', task.id)));
    default:
      return undefined;
  }
}

/** What the task returns. Where nothing is found that fits, the plainest is tried all the same. */
function fittingOf({ returns }: Task, list: List): List {
  if (returns === undefined) return list;
  const values = list.values.filter((value) => value !== undefined && misfitOf(value, returns) === undefined);

  return values.length === 0 ? list : { ...list, values };
}

/** It makes its output itself: what fits is only given by hand. */
function plainestOf({ values }: List): List {
  return { values: values.slice(0, 1), tried: 1, total: 1 };
}

/** Something that is not what the task returns, as like it as can be: of a mapping, one member is of another kind. */
function misfitsOf({ returns }: Pick<Task, 'returns'>, plainest: Json): readonly Json[] {
  if (returns === undefined) return [];
  const map = typeof plainest === 'object' && plainest !== null && !Array.isArray(plainest) ? plainest : {};
  const odd = [null, 'misfit', {}];
  const changed = Object.keys(map)
    .reverse()
    .flatMap((name) => odd.map((value): Json => ({ ...map, [name]: value })));

  return [...changed, ...odd].filter((value) => misfitOf(value, returns) !== undefined).slice(0, 1);
}

function withExamples(list: List | undefined, definition: Definition, task: Task): List | undefined {
  const examples = examplesFor(definition, task);
  if (examples.length === 0) return list;
  const { values, tried, total } = list ?? { values: [undefined], tried: 1, total: 1 };

  return { values: distinct([...examples, ...values]), tried, total };
}

/** What the form takes, with its defaults; without a form, what some expression reads, or nothing. */
function answersTo({ form }: HumanTask, list: List): List | undefined {
  if (form === undefined) {
    return list.values.some(isFilled) ? { ...list, values: [...list.values, undefined] } : undefined;
  }
  const values = list.values.flatMap((value) => {
    const checked = checkForm(form, value ?? {});
    return checked.ok ? [checked.data] : [];
  });

  return { ...list, values: distinct(values.some(isFilled) ? values : list.values) };
}

function isFilled(value: Choice): boolean {
  return canonicalJson(value ?? {}) !== '{}';
}

/** The inputs that a run can be started with. Where none is found, the plainest is tried all the same, and refused. */
function inputsOf(definition: Definition, values: readonly Choice[]): readonly Values[] {
  const accepted = values.flatMap((value) => {
    const checked = checkInput(definition, (value ?? {}) as Values);
    return checked.ok ? [checked.input] : [];
  });

  return (accepted.length === 0 ? values.slice(0, 1) : distinct(accepted)) as readonly Values[];
}

function omitted(what: string, list: List | undefined): readonly string[] {
  return list === undefined || list.total <= list.tried
    ? []
    : [`${what}: ${list.total} values, ${list.tried} of them tried`];
}

function filled(values: readonly Json[]): readonly Json[] {
  return values.length === 0 ? [{}] : values;
}

function distinct(values: readonly Choice[]): readonly Choice[] {
  return [
    ...new Map(values.map((value) => [value === undefined ? '' : canonicalJson(value), value])).values(),
  ];
}

/** The examples of what a task is given from outside, as its definition has them. */
function examplesFor({ examples }: Definition, task: Task): readonly Json[] {
  if (examples === undefined) return [];
  switch (task.type) {
    case 'WAIT':
      return isDynamic(task.signal ?? '')
        ? Object.values(examples.signals).flat()
        : ofName(examples.signals, task.signal ?? '');
    case 'HUMAN':
      return ofName(examples.answers, task.id).map((data) => filledIn(task, data));
    default:
      // The runs that a FORK starts for its items belong to a task that nobody has written: `<fork>/<item>`.
      return ofName(examples.results, task.id.replace(/\/.*$/, ''));
  }
}

function filledIn({ form }: HumanTask, data: Json): Json {
  const checked = form === undefined ? undefined : checkForm(form, data);

  return checked?.ok === true ? checked.data : data;
}

function ofName(values: Readonly<Record<string, readonly Json[]>>, name: string): readonly Json[] {
  return Object.hasOwn(values, name) ? (values[name] ?? []) : [];
}

/** Has the parts of all examples be values of their places, beside those that were found there. */
function plantExamples(definition: Definition, tasks: readonly Task[], source: World['source']): void {
  for (const value of definition.examples?.input ?? []) plant(source('input'), value);
  for (const task of tasks) {
    const kind = task.type === 'WAIT' ? 'signal' : task.type === 'HUMAN' ? 'answer' : 'result';
    for (const value of examplesFor(definition, task)) plant(source(kind, task.id), value);
  }
}

function plant(spot: Spot, value: Json): void {
  if (spot.parts.size === 0 || typeof value !== 'object' || value === null) {
    spot.examples.push(value);
    return;
  }
  const items = Array.isArray(value)
    ? (value as readonly Json[]).map((item) => [anyItem, item] as const)
    : undefined;
  for (const [name, part] of items ?? Object.entries(value)) {
    const below = spot.parts.get(name);
    if (below !== undefined) plant(below, part);
  }
}

/**
 * The values that an exploration tries, found in the definition: the literals that its conditions compare with, values
 * on both sides of each bound, the types and enums of inputs, and the `examples:` of the definition. Every list holds
 * at least one value; the first is the plainest, with which most goes well.
 */
export type Candidates = {
  readonly inputs: readonly Readonly<Record<string, Json>>[];
  /** What an attempt of a SIMPLE, HTTP or EVENT task, or the run of a SUB_WORKFLOW, may give, by the id of the task. */
  readonly results: (task: string) => readonly Json[];
  /** What a task may give, or a signal bring, that is not what the task returns; none where there is no such thing. */
  readonly misfits: (task: string) => readonly Json[];
  /** What may come with the signal that a WAIT waits for: what matches, first. */
  readonly signals: (task: string) => readonly Json[];
  /** What may come with an approval: of the task's form. `undefined` where it asks for nothing. */
  readonly answers: (task: string) => readonly (Json | undefined)[];
  /**
   * The tasks on whose way it depends what the source gives: `input`, `variables`, or the id of a task. Once all of
   * them are settled two runs that differ in that value alone go on alike.
   */
  readonly readers: (source: string) => ReadonlySet<string>;
  /** The codes that the definition asks the error of a task for. */
  readonly codes: (task: string) => readonly string[];
  /** Whether the definition reads what stands at a path, such as `ask.output.comment`. */
  readonly isAsked: (path: string) => boolean;
  /** What was left out to keep the lists short, in words: `validate: 128 results, 32 of them tried`. */
  readonly omitted: readonly string[];
};
