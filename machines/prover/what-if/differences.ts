import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { Fact } from '../../../events/catalogue.ts';
import type { Transition } from '../../../events/record.ts';
import { isMapping } from '../../language/mapping.ts';

type Members = Readonly<Record<string, unknown>>;

/** What differs between a recorded fact and the one that the run comes to now, in words; undefined: nothing. */
export function factDifference(recorded: Fact, now: Fact): string | undefined {
  if (recorded.type !== now.type) return `${about(now)}${doing(now)} instead of ${doing(recorded)}`;
  const [was, is] = [comparable(recorded), comparable(now)];
  if (canonicalJson(was) === canonicalJson(is)) return undefined;

  return chosen(recorded, now) ?? memberDifference(now, was, is);
}

/** What differs between the transitions that an event caused then and those that it causes now, in words. */
export function transitionDifference(
  recorded: readonly Transition[],
  now: readonly Transition[],
  omitted = 0,
): string | undefined {
  const [was, is] = [byTask(recorded), byTask(now)];
  for (const each of is.values()) {
    const before = was.get(each.task ?? '');
    // A record lists no more than so many.
    const how = before === undefined && omitted > 0 ? undefined : otherTransition(before, each);
    if (how !== undefined) return how;
  }
  const [lost] = [...was].filter(([task]) => !is.has(task));
  if (lost === undefined)
    return omitted > 0 ? countDifference(recorded.length + omitted, now.length) : undefined;
  const [task, { from, to }] = lost;

  return unbegun.has(from)
    ? `does not begin ${task}`
    : `${nameOf(task)} stays ${from} instead of becoming ${to}`;
}

function otherTransition(before: Transition | undefined, { task = '', from, to }: Transition) {
  if (before === undefined)
    return unbegun.has(from) ? `also begins ${task}` : `${nameOf(task)} becomes ${to}`;
  if (before.to !== to) return `${nameOf(task)} becomes ${to} instead of ${before.to}`;

  return before.from === from ? undefined : `${nameOf(task)} was ${from} instead of ${before.from}`;
}

/** Beyond those that a record lists only their number is known. */
function countDifference(then: number, now: number): string | undefined {
  return then === now ? undefined : `${now} transitions instead of ${then}`;
}

/** A fact in a few words, to say what means nothing any more. */
export function factWords(fact: Fact): string {
  return `${about(fact)}${doing(fact)}`;
}

const unbegun: ReadonlySet<string> = new Set(['waiting', 'standby']);

/** The transitions of the run itself stand under no name. */
function byTask(transitions: readonly Transition[]): ReadonlyMap<string, Transition> {
  return new Map(transitions.map((each) => [each.task ?? '', each]));
}

function nameOf(task: string): string {
  return task === '' ? 'the run' : task;
}

/** Times, the definition that is named, who did it, and what an expression saw beside its result do not count. */
const asideOf: Partial<Readonly<Record<Fact['type'], readonly string[]>>> = {
  'run.started': ['definition', 'input'],
  'run.forked': ['definition'],
  'run.rerun': ['before'],
  'condition.evaluated': ['values'],
  'loop.evaluated': ['values'],
  'timer.fired': ['dueAt'],
};
/** Who carried an attempt out, when, and what it printed: nothing goes another way by them. */
const asideAlways: ReadonlySet<string> = new Set(['startedAt', 'worker', 'log']);

function comparable({ type, data }: Fact): Members {
  const aside = asideOf[type] ?? [];

  return Object.fromEntries(
    Object.entries(data)
      .filter(([name]) => !asideAlways.has(name) && !aside.includes(name))
      .map(([name, value]) => [name, name === 'error' ? withoutExpression(value) : value]),
  );
}

/** The error of an expression quotes it: one that is written otherwise and fails alike is no difference. */
function withoutExpression(error: Json): Json {
  if (!isMapping(error)) return error;
  const { message: _message, details, ...others } = error;
  if (!isMapping(details)) return error;
  const { expression, ...told } = details;

  return expression === undefined ? error : { ...others, details: told };
}

function about({ data }: Fact): string {
  return 'task' in data && data.task !== undefined ? `${data.task}: ` : '';
}

function doing(fact: Fact): string {
  return fact.type === 'task.failed' ? `${fact.type} (${fact.data.error.code})` : fact.type;
}

/** What was decided, where that is what differs. */
function chosen(recorded: Fact, now: Fact): string | undefined {
  if (recorded.type === 'decision.made' && now.type === 'decision.made') {
    const [was, is] = [recorded.data.case ?? 'no case', now.data.case ?? 'no case'];
    return was === is ? undefined : `decision ${now.data.task} took ${is} instead of ${was}`;
  }
  if (recorded.type === 'condition.evaluated' && now.type === 'condition.evaluated') {
    return `the condition of ${now.data.task} is ${now.data.result} instead of ${recorded.data.result}`;
  }
  if (recorded.type === 'loop.evaluated' && now.type === 'loop.evaluated') {
    const { task, result, iteration } = now.data;
    return result === recorded.data.result
      ? undefined
      : `the loop ${task} ${result ? 'goes on' : 'ends'} after pass ${iteration}`;
  }

  return undefined;
}

function memberDifference(now: Fact, was: Members, is: Members): string {
  const { path, before, after } = firstDifference(was as Json, is as Json) ?? { path: [] };

  return `${factWords(now)} with ${path.join('.')} ${shown(after)} instead of ${shown(before)}`;
}

/** Whether two parts of a definition, or of a state, say the same. */
export function isAlike(before: unknown, after: unknown): boolean {
  return canonicalJson((before ?? null) as Json) === canonicalJson((after ?? null) as Json);
}

type Difference = { readonly path: readonly string[]; readonly before?: Json; readonly after?: Json };

/** The first place where two values differ, and what stands there. */
export function firstDifference(before: Json | undefined, after: Json | undefined): Difference | undefined {
  if (!isMembers(before) || !isMembers(after) || Array.isArray(before) !== Array.isArray(after)) {
    const isSame =
      before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after);
    return isSame || before === after
      ? undefined
      : { path: [], ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = firstDifference(before[name], after[name]);
    if (found !== undefined) return { ...found, path: [name, ...found.path] };
  }

  return undefined;
}

function isMembers(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null;
}

const shownMax = 60;

/** A value in no more than a few words. */
export function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);

  return text.length > shownMax ? `${text.slice(0, shownMax)}...` : text;
}
