import type { Chart } from '../compile/chart.ts';
import type { Reference } from '../expressions/outcome.ts';
import { templateParts } from '../language/template-parts.ts';
import type { Task } from '../task.ts';
import { isAlwaysThere } from './always-there.ts';
import { originsOf } from './origins.ts';
import type { Target } from './target.ts';

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
    (cause === 'task.failed' && (from === 'conditional' || !attempted.has(place?.type ?? 'SIMPLE')));
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

const name = String.raw`[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*`;
const member = new RegExp(`^\\s*${name}\\s*$`);
const joined = new RegExp(`^\\s*!?${name}(?:\\s*(?:&&|\\|\\|)\\s*!?${name})*\\s*$`);
const constant = String.raw`(?:true|false|null|-?\d+|'[^'\\]*'|"[^"\\]*")`;
const compared = new RegExp(`^\\s*\\(?${name}\\)?\\s*[=!]=\\s*${constant}\\s*$`);

/** Whether what it reads is always there, and only handed on, or compared in ways that cannot fail. */
function isSafe(chart: Chart, { task = '', from }: Target, { source, references }: Source): boolean {
  const isComparison = typeof source === 'string' && compared.test(source);
  // Values of any kind are equal to something or not.
  const state = isComparison ? 'scheduled' : from;

  return (
    (isComparison || isPlain(source, from)) &&
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
const templates: ReadonlySet<string> = new Set(['scheduled', 'shaping', 'arming']);

const textMax = 80;

/** Expressions as they are told to people: by their beginning. */
export function shorten(texts: readonly string[]): string {
  const text = texts.map((each) => `\`${each}\``).join(', ');

  return text.length > textMax ? `${text.slice(0, textMax - 4)}...\`` : text;
}
