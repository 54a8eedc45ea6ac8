import type { Chart } from '../compile/chart.ts';
import type { Reference } from '../expressions/outcome.ts';
import { templateParts } from '../language/template-parts.ts';
import type { Task } from '../task.ts';
import type { Target } from './target.ts';

/** What an event of a task evaluates, and what that depends on. */
export type Behind = {
  readonly texts: readonly string[];
  /** Where the values that it reads come from in the end: `input`, or ids of tasks that others carry out. */
  readonly sources: readonly string[];
  /** It only hands on what is always there. */
  readonly cannotFail: boolean;
};

type Source = { readonly source: unknown; readonly references: readonly Reference[] };

/** What decides whether the target is reached; undefined where no expression does. */
export function expressionsBehind(chart: Chart, target: Target): Behind | undefined {
  const { task = '', cause } = target;
  const place = chart.plan.get(task)?.task;
  const isOfValues =
    evaluated.has(cause) || (cause === 'task.failed' && !attempted.has(place?.type ?? 'SIMPLE'));
  if (place === undefined || !isOfValues) return undefined;
  const sources = sourcesIn(chart, place, target.from);
  const references = sources.flatMap((each) => each.references);

  return {
    texts: sources.map(({ source }) => (typeof source === 'string' ? source : JSON.stringify(source))),
    sources: origins(chart, references),
    cannotFail:
      sources.every(({ source }) => isPlain(source)) &&
      references.every((each) => isThere(chart, each) && (target.from !== 'listing' || isList(chart, each))),
  };
}

const attempted: ReadonlySet<Task['type']> = new Set(['SIMPLE', 'HTTP', 'EVENT']);
const evaluated: ReadonlySet<string> = new Set([
  'condition.evaluated',
  'decision.made',
  'items.listed',
  'loop.evaluated',
  'signal.received',
  'signal.taken',
]);

/** What is evaluated in a state of the task. */
function sourcesIn({ templates }: Chart, { id, type }: Task, state: string): readonly Source[] {
  const found = templates.get(id);
  if (found === undefined) return [];
  const { when, param, list, loopCondition, until, match, variables, reason, output, outputTo, input } =
    found;
  const ofState: Readonly<Record<string, readonly (Source | undefined)[]>> = {
    conditional: [when],
    deciding: [param, ...found.cases.values()],
    listing: [list],
    looping: [loopCondition],
    arming: [until],
    awaiting: [match],
    shaping: [output, outputTo],
    scheduled: type === 'SUB_WORKFLOW' ? [input] : [variables, reason, output, outputTo],
  };

  return (ofState[state] ?? []).flatMap((each) => each ?? []);
}

/** Follows what is read back to what comes from outside. */
function origins(chart: Chart, references: readonly Reference[]): readonly string[] {
  const names = new Set(references.map(nameOf));
  const found = new Set<string>();
  // Grows while it is walked: a Set visits what is added on the way.
  for (const name of names) {
    const task = chart.plan.get(name)?.task;
    if (
      name === 'input' ||
      (task !== undefined && (attempted.has(task.type) || task.type === 'SUB_WORKFLOW'))
    ) {
      found.add(name);
      continue;
    }
    const { cases, ...templates } = chart.templates.get(name) ?? { cases: new Map<string, Source>() };
    for (const each of [...Object.values(templates), ...cases.values()]) {
      for (const reference of each?.references ?? []) names.add(nameOf(reference));
    }
  }

  return [...found];
}

function nameOf({ path: [root = '', second = ''] }: Reference): string {
  return root === 'workflow' || root === 'tasks' ? second : root;
}

const member = /^\s*[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\s*$/;

/** Whether what is read is only handed on. */
function isPlain(source: unknown): boolean {
  if (typeof source === 'string') {
    const { parts } = templateParts(source);
    return member.test(source) || parts.every((part) => member.test(part.source));
  }

  return typeof source !== 'object' || source === null || Object.values(source).every(isPlain);
}

/** Whether what is read is always there: declared inputs, and declared outputs of tasks. */
function isThere({ definition, plan }: Chart, { path }: Reference): boolean {
  const [root = '', second = '', third] = path;
  if (root === 'workflow') {
    const input = definition.input[third ?? ''];
    return (
      second !== 'input' || third === undefined || input?.required === true || input?.default !== undefined
    );
  }
  const output = plan.get(root)?.task.output;
  if (second !== 'output' || path.length > 3) return second === 'status';
  if (third === undefined) return true;

  return output?.kind === 'names'
    ? output.names.includes(third)
    : output !== undefined && Object.hasOwn(output.map, third);
}

function isList({ definition }: Chart, { path: [root, , name = ''] }: Reference): boolean {
  return root === 'workflow' && definition.input[name]?.type === 'array';
}
