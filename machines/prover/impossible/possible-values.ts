// What is known of the values that an expression reads before there are any: which they may be, or between which
// they lie.
import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import type { InputProperty } from '../../definition.ts';
import { parseExpression } from '../../expressions/parse.ts';
import { askedPathsOf } from '../../expressions/references.ts';
import type { Node } from '../../expressions/tree.ts';
import { bareExpression } from '../../language/references/expression-sites.ts';
import { outputSchema, rulesAt } from '../../language/references/known-outputs.ts';
import type { DoWhileTask, ForkTask, HttpTask, Task } from '../../task.ts';
import { rangeOf, textOf } from '../deep/value-range.ts';

/** `listed`: it is one of these. `min` and `max`: it is a number between them, `isWhole`: without a fraction. */
export type Possible = {
  readonly listed?: readonly Json[];
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
  /** What an input, or a member of a result, has to be like. */
  readonly rules?: InputProperty;
};

/** What a value at a path may be, where the task `at` reads it. */
export function possibleAt(chart: Chart, at: string, node: Node): Possible {
  if (node.kind === 'call' || node.kind === 'method') return ofCalled(chart, at, node);
  if (node.kind === 'binary') return ofRemainder(chart, at, node);
  const path = textOf(node).split('.');
  const [root = '', member, ...rest] = path;
  if (root === 'workflow' && member === 'input') return ofRules(rulesOfInput(chart, rest));
  if (root === 'index' && path.length === 1) return { min: 0, isWhole: true };
  if (root === 'loop' && member === 'iteration') return passesAround(chart, at);
  const task = chart.plan.get(root)?.task;
  if (task === undefined) return {};

  return member === 'status' && rest.length === 0
    ? { listed: statusesOf(task) }
    : ofOutput(task, member, rest);
}

function ofCalled(chart: Chart, at: string, node: Extract<Node, { kind: 'call' | 'method' }>): Possible {
  const [of] = node.kind === 'method' ? [node.on] : node.args;
  if (node.name !== 'size' || of === undefined) return numeric.has(node.name) ? numbersOf(chart, node) : {};
  const { minLength = 0, maxLength = Infinity } = possibleAt(chart, at, of).rules ?? {};

  return { min: minLength, max: maxLength, isWhole: true };
}

/** What is left over a division by a number is smaller than that, and below 0 only of what is below 0. */
function ofRemainder(chart: Chart, at: string, node: Extract<Node, { kind: 'binary' }>): Possible {
  const { operator, left, right } = node;
  if (operator === '+' || !arithmetic.has(operator)) return {};
  if (operator !== '%' || right.kind !== 'literal' || typeof right.value !== 'number')
    return numbersOf(chart, node);
  const of = possibleAt(chart, at, left);
  const most = Math.abs(right.value);
  const isWhole = of.isWhole === true && Number.isInteger(right.value);
  const max = isWhole ? most - 1 : most;

  return { min: (of.min ?? -Infinity) >= 0 ? 0 : 0 - max, max, isWhole };
}

const numeric: ReadonlySet<string> = new Set([
  'round',
  'floor',
  'ceil',
  'abs',
  'int',
  'double',
  'sum',
  'avg',
]);

const arithmetic: ReadonlySet<string> = new Set(['-', '*', '/', '%']);

function numbersOf({ definition }: Chart, node: Node): Possible {
  const { min, max } = rangeOf(node, definition.input, new Map());

  return { min, max };
}

function rulesOfInput(
  { definition }: Chart,
  [name = '', ...rest]: readonly string[],
): InputProperty | undefined {
  const property = Object.hasOwn(definition.input, name) ? definition.input[name] : undefined;
  const rules = property === undefined ? undefined : rulesAt(property, rest);

  return rules === 'none' ? undefined : rules;
}

function ofRules(rules: InputProperty | undefined): Possible {
  if (rules === undefined || rules.nullable === true) return {};
  const { type, enum: listed, minimum, maximum } = rules;
  // An input that is left out may be null.
  if (!rules.required && rules.default === null) return {};
  if (listed !== undefined) return { listed, rules };
  if (type === 'boolean') return { listed: [true, false], rules };
  if (type !== 'integer' && type !== 'number') return { rules };

  return { min: minimum ?? -Infinity, max: maximum ?? Infinity, isWhole: type === 'integer', rules };
}

const ends = ['COMPLETED', 'FAILED', 'TIMED_OUT', 'SKIPPED', 'CANCELLED'];

const underway = ['PENDING', 'SCHEDULED', 'IN_PROGRESS', 'RETRYING', 'WAITING', 'PENDING_APPROVAL'];

function statusesOf({ optional, fallback }: Task): readonly string[] {
  return [...ends, ...underway, ...(optional || fallback.length > 0 ? ['COMPLETED_WITH_ERRORS'] : [])];
}

function ofOutput(task: Task, member: string | undefined, path: readonly string[]): Possible {
  if (member !== 'output' || task.output !== undefined || task.fallback.length > 0) return {};
  const schema = task.returns === undefined && task.type !== 'HUMAN' ? undefined : outputSchema(task);
  const rules = schema === undefined ? undefined : rulesAt(schema, path);
  const known = rules === undefined || rules === 'none' ? {} : ofRules(rules);
  const [name = '', ...deeper] = path;
  if (known.listed !== undefined || known.min !== undefined || deeper.length > 0) return known;

  return ofType[task.type]?.(task as never, name) ?? known;
}

/** What the outputs of a type of task may be, by their names. */
const ofType: {
  readonly [Type in Task['type']]?: (
    task: Extract<Task, { type: Type }>,
    name: string,
  ) => Possible | undefined;
} = {
  HUMAN: ({ waitForApproval, onReject }, name) =>
    name === 'decision' && waitForApproval
      ? { listed: onReject === 'continue' ? ['approved', 'rejected'] : ['approved'] }
      : undefined,
  DECISION: ({ cases }, name) =>
    name === 'case' ? { listed: [...cases.map(({ value }) => value), 'default', 'NO_MATCH'] } : undefined,
  WAIT: (_task, name) => (name === 'timed_out' ? { listed: [true, false] } : undefined),
  HTTP: (task, name) => (name === 'status' ? statusesOfHttp(task) : undefined),
  FORK: (task, name) => (task.branches === undefined ? ofPasses(task, name) : undefined),
  DO_WHILE: (task, name) => (name === 'iteration' ? passesOf(task) : undefined),
};

function statusesOfHttp({ expectStatus }: HttpTask): Possible {
  return expectStatus === undefined ? { min: 200, max: 299, isWhole: true } : { listed: expectStatus };
}

function ofPasses({ tolerateFailures = 0 }: ForkTask, name: string): Possible {
  if (name === 'failed') return { min: 0, max: tolerateFailures === 0 ? 0 : Infinity, isWhole: true };

  return name === 'total' || name === 'succeeded' ? { min: 0, isWhole: true } : {};
}

/** The passes of a loop: no more than its condition lets begin, where that counts them. */
function passesOf(task: DoWhileTask): Possible {
  const counted =
    task.loopCondition === undefined
      ? Infinity
      : lastCounted(parseExpression(bareExpression(task.loopCondition)));

  return { min: 1, max: Math.max(1, Math.min(task.maxIterations, counted)), isWhole: true };
}

function lastCounted(node: Node): number {
  if (node.kind === 'and') return Math.min(lastCounted(node.left), lastCounted(node.right));
  if (node.kind !== 'binary' || textOf(node.left) !== 'loop.iteration') return Infinity;
  const bound =
    node.right.kind === 'literal' && typeof node.right.value === 'number' ? node.right.value : Infinity;
  if (node.operator === '<') return Math.ceil(bound);

  return node.operator === '<=' || node.operator === '==' ? Math.floor(bound) + 1 : Infinity;
}

function passesAround(chart: Chart, at: string): Possible {
  const own = chart.plan.get(at);
  const loop = own?.task.type === 'DO_WHILE' && own.task.loopCondition !== undefined ? undefined : own?.owner;
  const task = loop === undefined ? undefined : chart.plan.get(loop)?.task;
  if (loop === undefined || task === undefined) return { min: 1, isWhole: true };

  return task.type === 'DO_WHILE' ? passesOf(task) : passesAround(chart, loop);
}

/** Whether the value is the same whoever reads it in the run, and whenever. */
export function isSteady(node: Node): boolean {
  return askedPathsOf(node).every(
    ([root = '', member]) => !passing.has(root) && !(root === 'workflow' && member === 'variables'),
  );
}

const passing: ReadonlySet<string> = new Set([
  'index',
  'item',
  'loop',
  'signal',
  'event',
  'change',
  'result',
]);
