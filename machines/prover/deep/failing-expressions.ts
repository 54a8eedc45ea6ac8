import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Chart } from '../../chart/chart.ts';
import { localId } from '../../chart/task-at.ts';
import { parseExpression } from '../../expressions/parse.ts';
import { askedPathsOf } from '../../expressions/references.ts';
import { childNodesOf, type Node } from '../../expressions/tree.ts';
import { isPreparedToFail } from '../../language/presence/fates.ts';
import { templateParts } from '../../language/references/type-rules.ts';
import type { Task } from '../../task.ts';
import { durationUnder } from '../../task-names.ts';
import { type Edge, type Explored, type ExploredScene, movesTo } from '../explore/explore.ts';
import type { ExpectedRecord, Move, Scenario } from '../explore/scenario.ts';
import type { Happened } from '../explore/scene.ts';
import { happenings } from './explored-graph.ts';
import type { Found } from './standstill.ts';
import { settersOf } from './value-coverage.ts';

/**
 * Expressions that fail for a reason that lies in the definition and in inputs that it allows: a division by an input
 * that may be 0, an item of a list that may be empty; others only in a run in which nothing else failed. What agents
 * and commands give is not known before: what fails over that is no error, but it is not proven (see `unprovenOf`).
 */
export function failingExpressions(chart: Chart, explored: Explored): readonly Found[] {
  const found = new Map<string, Failing>();
  for (const each of happenings(explored)) {
    const failing = failingIn(
      chart,
      each.event.fact,
      explored.scenes.get(each.edge.to)?.scene.run.state.error,
    );
    if (failing === undefined) continue;
    if (failing.blame === 'other' && !isUntroubled(explored, each.scene, each.edge)) continue;
    const key = `${failing.task ?? ''} ${failing.expression}`;
    const before = found.get(key);
    if (before === undefined || each.scene.depth < before.scene.depth) {
      found.set(key, { ...failing, scene: each.scene, edge: each.edge });
    }
  }

  return [...found.values()].map(({ scene, edge, ...failing }) =>
    foundFailing(chart, failing, {
      scene: scene.key,
      moves: [edge.move],
      before: movesTo(explored, scene.key),
      isUntroubled: isUntroubled(explored, scene, edge),
    }),
  );
}

type Failing = FailedExpression & { readonly scene: ExploredScene; readonly edge: Edge };

/** An expression that failed in a task, or in the output of the run. */
export type FailedExpression = {
  readonly task: string | undefined;
  readonly expression: string;
  readonly reason: string;
  readonly blame: Blame;
  /** It fails over a text of which no rule says how it is written: whoever starts runs may see to that. */
  readonly isOfFreeText: boolean;
};

/**
 * The expression whose failure an event records, where the definition is to blame for it. `ended` is what the run
 * ended with: what a task is prepared for may end it all the same, as where its fallback does not begin.
 */
export function failingIn(chart: Chart, fact: Fact, ended?: ErrorData): FailedExpression | undefined {
  if (fact.type !== 'task.failed' && fact.type !== 'run.failed') return undefined;
  const { error } = fact.data;
  const task = fact.type === 'task.failed' ? localId(fact.data.task) : undefined;
  const place = chart.plan.get(task ?? '')?.task;
  const expressions = [expressionOf(error) ?? expressionsOfDuration(error, place)].flat();
  const [expression] = expressions;
  if (expression === undefined || error === undefined) return undefined;
  if (place !== undefined && isPreparedToFail(place) && ended?.message !== error.message) return undefined;
  const blame = blameOf(error.message);

  const isBlame = (withFreeText: boolean) =>
    expressions.every((each) => isBlamed({ chart, blame, withFreeText, seen: new Set() }, each));

  return isBlame(true)
    ? { task, expression, reason: error.message, blame, isOfFreeText: !isBlame(false) }
    : undefined;
}

/** The expression that an error tells of. */
export function expressionOf(error: ErrorData | undefined): string | undefined {
  if (error?.code !== 'expression.failed') return undefined;
  const details = error.details as Readonly<Record<string, Json>> | undefined;

  return typeof details?.['expression'] === 'string' ? details['expression'] : undefined;
}

/** The expressions in a duration that turned out to be none. */
function expressionsOfDuration(error: ErrorData | undefined, task: Task | undefined): readonly string[] {
  if (error?.code !== 'duration.invalid' || task === undefined) return [];
  const { key = '' } = (error.details ?? {}) as Readonly<Record<string, string>>;

  return templateParts(durationUnder(task, key) ?? '').parts.map(({ source }) => source);
}

/** Whether everybody answered well on the way to a scene, and in the move from it. */
function isUntroubled(explored: Explored, scene: ExploredScene, edge: Edge): boolean {
  const states = Object.values(scene.scene.run.state.tasks);

  return (
    [...movesTo(explored, scene.key), edge.move].every(isGood) &&
    states.every(({ state }) => !['failed', 'timed_out', 'caught', 'completed_with_errors'].includes(state))
  );
}

/** Whether a move is no failure, no silence and no intervention. */
export function isGood(move: Move): boolean {
  switch (move.type) {
    case 'fail':
    case 'silence':
    case 'intervene':
      return false;
    case 'endChild':
      return move.status === 'COMPLETED' || move.status === 'STARTED';
    default:
      return true;
  }
}

/** The expression that fails in a scenario in which nothing else does, and why: such a run is no success. */
export function failedExpression(
  chart: Chart,
  { parts }: Scenario,
): (FailedExpression & { readonly part: number; readonly record: ExpectedRecord }) | undefined {
  for (const [part, { move, records }] of parts.entries()) {
    if (!isGood(move)) return undefined;
    const record = records.find(({ type }) => type === 'task.failed' || type === 'run.failed');
    if (record === undefined) continue;
    const failing = failingIn(chart, { type: record.type, data: record.fact } as Fact);
    return failing === undefined || failing.isOfFreeText ? undefined : { ...failing, part, record };
  }

  return undefined;
}

type Fact = Happened['event']['fact'];

type Blame = 'zero' | 'item' | 'other';

function blameOf(message: string): Blame {
  if (message.includes('division by zero')) return 'zero';

  return /has \d+ items, so none at|has no item there|\(\) of an empty list|is not inside a text/.test(
    message,
  )
    ? 'item'
    : 'other';
}

function isBlamed(look: Look, expression: string): boolean {
  const { blame } = look;
  const tree = parseExpression(expression);
  const nodes = blame === 'other' ? [tree] : nodesOf(tree).flatMap((node) => blamed(node, blame));
  const paths = nodes.flatMap(askedPathsOf);

  return nodes.length > 0 && paths.every((path) => isOwn(look, path));
}

function nodesOf(node: Node): readonly Node[] {
  return [node, ...childNodesOf(node).flatMap(nodesOf)];
}

function blamed(node: Node, blame: Blame): readonly Node[] {
  if (blame === 'zero') {
    return node.kind === 'binary' && (node.operator === '/' || node.operator === '%') ? [node.right] : [];
  }
  if (node.kind === 'call' && node.args.length === 1 && ofSome.has(node.name)) return node.args;
  if (node.kind === 'method' && node.name === 'substring') return [node.on, ...node.args];
  const isText = node.kind === 'member' && node.key.kind === 'literal' && typeof node.key.value === 'string';

  return node.kind === 'member' && !isText ? [node] : [];
}

/** Functions that need an item at least. */
export const ofSome: ReadonlySet<string> = new Set(['avg', 'min', 'max']);

type Look = {
  readonly chart: Chart;
  readonly blame: Blame;
  readonly withFreeText: boolean;
  readonly seen: ReadonlySet<string>;
};

/** Whether a value is made by the definition and its inputs alone. */
function isOwn(look: Look, [root = '', member, name = '']: readonly string[]): boolean {
  const { chart, blame } = look;
  if (root === 'index' || root === 'loop') return true;
  if (root === 'workflow') {
    if (member === 'input') return isOwnInput(look, name);
    return member === 'variables' ? isOwnVariable(look, name) : true;
  }
  const task = chart.plan.get(root)?.task;
  if (task === undefined) return false;
  if (look.seen.has(root)) return true;
  if (member === 'status' || member === 'attempt') return true;
  const inner = { ...look, seen: new Set([...look.seen, root]) };

  return member === 'output' && isOwnOutput(inner, task, name) && (blame !== 'other' || task.type !== 'FORK');
}

/**
 * Of an input without a type it is not known what it holds, nor how a text is written that no rule describes: only what
 * any number or list may be is asked of these.
 */
function isOwnInput({ chart, blame, withFreeText }: Look, name: string): boolean {
  const property = Object.hasOwn(chart.definition.input, name) ? chart.definition.input[name] : undefined;
  if (property === undefined || blame !== 'other') return property !== undefined;
  const { type, enum: listed, pattern } = property;

  const isFreeText = type === 'string' && pattern === undefined;

  return listed !== undefined || (isFreeText ? withFreeText : type !== undefined);
}

function isOwnVariable(look: Look, name: string): boolean {
  const { definition } = look.chart;
  // What is made of itself is made of nothing else.
  if (look.seen.has(`variable ${name}`)) return true;
  const inner = { ...look, seen: new Set([...look.seen, `variable ${name}`]) };
  const initial = Object.hasOwn(definition.variables, name) ? [definition.variables[name] ?? null] : [];
  const set = settersOf(look.chart, name).map(({ value }) => value);

  return [...initial, ...set].every((value) => isOwnTemplate(inner, value));
}

function isOwnOutput(look: Look, task: Task, name: string): boolean {
  if (task.type === 'TRANSFORM' && task.output?.kind === 'map') {
    const { map } = task.output;
    return Object.hasOwn(map, name) && isOwnTemplate(look, map[name] ?? null);
  }
  if (task.output?.kind === 'map') return false;
  if (task.type === 'DO_WHILE') return name === 'iteration';

  return task.type === 'FORK' && task.forEach !== undefined && isOwnTemplate(look, `\${${task.forEach}}`);
}

function isOwnTemplate(look: Look, template: Json): boolean {
  const text = typeof template === 'string' ? template : JSON.stringify(template);

  return templateParts(text)
    .parts.flatMap(({ source }) => askedPathsOf(parseExpression(source)))
    .every((path) => isOwn(look, path));
}

/** How a failure comes about: the moves that lead to a scene, and those from there on. */
type Course = Pick<Found, 'scene' | 'moves'> & {
  readonly before?: readonly Move[];
  readonly isUntroubled: boolean;
};

export function foundFailing(
  chart: Chart,
  { task, expression, reason, isOfFreeText }: FailedExpression,
  { scene, moves = [], before = [], isUntroubled: isAlone }: Course,
): Found {
  const [start] = [...before, ...moves];
  const input = start?.type === 'start' ? JSON.stringify(start.input) : '{}';
  const where = task === undefined ? 'the output of the run' : task;
  const key = task === undefined ? undefined : keyOf(chart, task, expression);
  const advice = isOfFreeText ? '; a pattern or an enum of the input would say what it may be' : '';

  return {
    code: 'deep.expression-fails',
    severity: isOfFreeText ? 'warning' : 'error',
    message: `an expression of ${where} fails with the input ${input}, ${isAlone ? 'although nothing else failed' : 'after something else failed'}: ${reason}${advice}`,
    tasks: task === undefined ? [] : [task],
    ...(key === undefined ? {} : { key }),
    ...(scene === undefined ? {} : { scene }),
    moves,
  };
}

/** Where expressions stand in a task, by its canonical form, and the keys that these are written under. */
const written: Readonly<Record<string, string>> = {
  when: 'when',
  param: 'decision_param',
  cases: 'decision_cases',
  forEach: 'for_each',
  items: 'items',
  loopCondition: 'loop_condition',
  input: 'input',
  output: 'output',
  variables: 'variables',
  outputTo: 'output_to',
  reason: 'reason',
  until: 'until',
  match: 'match',
  request: 'request',
  event: 'event',
  timeoutMs: 'timeout',
  queueTimeoutMs: 'queue_timeout',
  totalTimeoutMs: 'total_timeout',
  heartbeatTimeoutMs: 'heartbeat_timeout',
  durationMs: 'duration',
  retry: 'retry_policy',
  performer: 'run',
};

/** The key of the task under which the expression stands. */
function keyOf({ plan }: Chart, id: string, expression: string): string | undefined {
  const task = plan.get(id)?.task as Readonly<Record<string, unknown>> | undefined;
  const text = JSON.stringify(expression).slice(1, -1);
  const own = Object.keys(written).find((each) => JSON.stringify(task?.[each] ?? '').includes(text));

  return own === undefined ? undefined : written[own];
}
