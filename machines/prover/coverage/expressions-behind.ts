import type { Chart } from '../../chart/chart.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import type { InputProperty } from '../../definition.ts';
import type { Reference } from '../../expressions/outcome.ts';
import { templateParts } from '../../language/references/type-rules.ts';
import type { Task } from '../../task.ts';
import type { Target } from './target.ts';

const scalars: readonly unknown[] = ['string', 'number', 'integer', 'boolean'];

const always: ReadonlySet<string> = new Set(['id', 'version', 'name', 'run_id', 'started_at', 'input']);
const ofTasks: ReadonlySet<string> = new Set(['status', 'attempt', 'output', 'error']);
/** States in which a value of any kind will do. */
const handsOn: ReadonlySet<string> = new Set(['scheduled', 'shaping']);

/** What an event of a task evaluates, and what that depends on. */
export type Behind = {
  readonly texts: readonly string[];
  /** Where under `examples:` the values that it reads come from in the end. */
  readonly sources: readonly string[];
  /** It reads nothing, so it comes to the same in every run. */
  readonly isConstant: boolean;
  /** It only hands on what is always there. */
  readonly cannotFail: boolean;
};

type Source = { readonly source: unknown; readonly references: readonly Reference[] };

/** What decides whether the target is reached; undefined where no expression does. */
export function expressionsBehind(chart: Chart, target: Target): Behind | undefined {
  const { task = '', cause, from } = target;
  if (cause === 'run.failed') return ofOutput(chart);
  const place = chart.plan.get(task)?.task;
  const isOfValues =
    evaluated.has(cause) ||
    (cause === 'task.failed' &&
      (from === 'conditional' || from === 'naming' || !attempted.has(place?.type ?? 'SIMPLE')));
  if (place === undefined || !isOfValues) return undefined;
  const sources = sourcesIn(chart, place, from);
  const references = sources.flatMap((each) => each.references);

  return {
    texts: sources.map(({ source }) => (typeof source === 'string' ? source : JSON.stringify(source))),
    sources: originsOf(chart, task, references),
    isConstant: references.length === 0,
    cannotFail: sources.every((each) => isSafe(chart, target, each)),
  };
}

function ofOutput(chart: Chart): Behind | undefined {
  const { output } = chart;
  if (output === undefined) return undefined;
  const { source, references } = output;

  return {
    texts: [JSON.stringify(source)],
    sources: originsOf(chart, '', references),
    isConstant: references.length === 0,
    cannotFail: false,
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
  const {
    when,
    names,
    param,
    list,
    loopCondition,
    until,
    match,
    variables,
    reason,
    output,
    outputTo,
    input,
  } = found;
  const ofState: Readonly<Record<string, readonly (Source | undefined)[]>> = {
    conditional: [when],
    naming: [names],
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

const name = String.raw`[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*`;
const member = new RegExp(`^\\s*${name}\\s*$`);
const joined = new RegExp(`^\\s*!?${name}(?:\\s*(?:&&|\\|\\|)\\s*!?${name})*\\s*$`);
const constant = String.raw`(?:true|false|null|-?\d+|'[^'\\]*'|"[^"\\]*")`;
const compared = new RegExp(`^\\s*\\(?${name}\\)?\\s*[=!]=\\s*${constant}\\s*$`);
const ordered = new RegExp(`^\\s*\\(?${name}\\)?\\s*[<>]=?\\s*-?\\d+(?:\\.\\d+)?\\s*$`);

/** Whether what it reads is always there, and only handed on, or compared in ways that cannot fail. */
function isSafe(chart: Chart, { task = '', from }: Target, { source, references }: Source): boolean {
  const isComparison = typeof source === 'string' && compared.test(source);
  const isOrder = typeof source === 'string' && ordered.test(source);
  // Values of any kind are equal to something or not.
  const state = isComparison ? 'scheduled' : isOrder ? 'ordered' : from;

  return (
    (isComparison || isOrder || isPlain(source, from)) &&
    references.every(({ path }) => isAlwaysThere(chart, { task, path, state }))
  );
}

/** Whether what is read is only handed on, or true or false. */
function isPlain(source: unknown, state: string): boolean {
  if (typeof source !== 'string') {
    const isSimple = typeof source !== 'object' || source === null;
    return isSimple || Object.values(source).every((each) => isPlain(each, state));
  }
  if (templates.has(state)) return templateParts(source).parts.every((part) => member.test(part.source));
  const [whole] = templateParts(source).parts;

  return (truths.has(state) ? joined : member).test(whole?.source ?? source);
}

/** States that want to know whether something is true. */
const truths: ReadonlySet<string> = new Set(['conditional', 'looping', 'awaiting']);

/** States in which a text without `${...}` is a text; elsewhere it is an expression. */
const templates: ReadonlySet<string> = new Set(['naming', 'scheduled', 'shaping', 'arming']);

const textMax = 80;

/** Expressions as they are told to people: by their beginning. */
export function shortenExpressions(texts: readonly string[]): string {
  const text = texts.map((each) => `\`${each}\``).join(', ');

  return text.length > textMax ? `${text.slice(0, textMax - 4)}...\`` : text;
}

/**
 * Whether what is read is there in every run, of a kind that the state can work with. What tasks give is not, unless
 * they say what they return: people may complete them by hand, with any other output.
 */
function isAlwaysThere(
  { definition, plan }: Chart,
  { task, path, state }: { readonly task: string; readonly path: Reference['path']; readonly state: string },
): boolean {
  const [root = '', second = '', third = ''] = path;
  const place = plan.get(task);
  if (root === 'workflow' && second === 'input' && path.length === 3) {
    const input = Object.hasOwn(definition.input, third) ? definition.input[third] : undefined;
    return input !== undefined && isGiven(input) && fits(input, state);
  }
  if (isReturned(plan, place?.task, { path, state })) return true;
  if (handsOn.has(state)) {
    if (root === 'workflow') return path.length === 2 && always.has(second);
    if (root === 'item') return path.length === 1 && place !== undefined && hasItems(plan, place);
    return plan.has(root) && path.length === 2 && ofTasks.has(second);
  }

  return false;
}

/** Of the one task that it waits for, which cannot complete without what it returns. */
function isReturned(
  plan: Chart['plan'],
  reader: Task | undefined,
  { path: [root = '', member, ...path], state }: { readonly path: Reference['path']; readonly state: string },
): boolean {
  const given = plan.get(root)?.task;
  const isOnly = reader?.dependsOn.length === 1 && reader.dependsOn[0] === root && reader.join === 'all';
  if (!isOnly || given?.returns === undefined || given.type === 'WAIT' || member !== 'output') return false;
  if (given.optional || given.fallback.length > 0) return false;
  let rules: InputProperty | undefined = given.returns;
  for (const name of path) {
    const members: InputProperty['members'] = rules?.members;
    rules = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
    if (rules === undefined || !rules.required || rules.nullable === true) return false;
  }

  return rules.nullable !== true && fits(rules, state);
}

function isGiven({ required, default: usual }: InputProperty): boolean {
  return required || usual !== undefined;
}

function fits({ type, secret }: InputProperty, state: string): boolean {
  if (secret) return false;
  if (state === 'listing') return type === 'array';
  if (state === 'ordered') return type === 'number' || type === 'integer';
  if (state === 'conditional' || state === 'looping' || state === 'awaiting') return type === 'boolean';

  return state === 'deciding' ? scalars.includes(type) : state !== 'arming' && state !== 'naming';
}

function hasItems(plan: ReadonlyMap<string, TaskPlace>, { owner }: TaskPlace): boolean {
  const around = owner === undefined ? undefined : plan.get(owner)?.task;

  return (
    (around?.type === 'FORK' && around.forEach !== undefined) ||
    (around?.type === 'DO_WHILE' && around.items !== undefined)
  );
}

type Compiled = { readonly references: readonly Reference[] };
/** A name as an expression of the task (of the run: '') reads it. */
type Read = { readonly task: string; readonly name: string };

/** Follows what is read back to what comes from outside: in the words of `examples:`, each once. */
function originsOf(chart: Chart, task: string, references: readonly Reference[]): readonly string[] {
  const found = new Set<string>();
  const seen = new Map<string, Read>();
  const read = (by: string, all: readonly Reference[]) => {
    for (const each of all) {
      const name = nameOf(each);
      seen.set(chart.plan.has(name) ? name : `${by} ${name}`, { task: by, name });
    }
  };
  read(task, references);
  // Grows while it is walked: a Map visits what is added on the way.
  for (const { task: by, name } of seen.values()) {
    const source = sourceOf(chart, by, name);
    if (source === undefined) read(...behind(chart, by, name));
    else found.add(source);
  }

  return [...found];
}

function nameOf({ path: [root = '', second = ''] }: Reference): string {
  return root === 'workflow' || root === 'tasks' ? second : root;
}

function sourceOf({ plan }: Chart, by: string, name: string): string | undefined {
  if (name === 'input') return '`input`';
  if (name === 'signal') return fromOutside(plan.get(by)?.task);

  return fromOutside(plan.get(name)?.task);
}

function fromOutside(task: Task | undefined): string | undefined {
  switch (task?.type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
    case 'SUB_WORKFLOW':
      return `\`results: ${task.id}\``;
    case 'HUMAN':
      return `\`answers: ${task.id}\``;
    case 'WAIT':
      return task.signal === undefined ? undefined : `\`signals: ${task.signal}\``;
    default:
      return undefined;
  }
}

/** What a value of the run itself is made of, and who makes it. */
function behind(chart: Chart, by: string, name: string): readonly [string, readonly Reference[]] {
  if (name === 'variables') {
    const sets = [...chart.templates.values()].flatMap(({ variables }) => variables?.references ?? []);
    return [by, [...chart.variables.references, ...sets]];
  }
  if (chart.plan.has(name)) return [name, ofTask(chart, name)];
  const owner = chart.plan.get(by)?.owner;

  // What no task is called is the item of a pass, or counts passes.
  return owner === undefined ? [by, []] : [owner, chart.templates.get(owner)?.list?.references ?? []];
}

function ofTask({ templates, plan }: Chart, id: string): readonly Reference[] {
  const { cases, ...others } = templates.get(id) ?? { cases: new Map<string, Compiled>() };
  const inside = [...plan.values()].flatMap(({ task, owner, branch }) =>
    owner === id || branch?.of === id ? [{ references: [{ path: [task.id], expression: task.id }] }] : [],
  );

  return [...Object.values(others), ...cases.values(), ...inside].flatMap((each) => each?.references ?? []);
}
