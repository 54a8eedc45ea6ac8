import type { Json } from '../../../events/canonical-json.ts';
import type { Chart } from '../../chart/chart.ts';
import { localId } from '../../chart/task-at.ts';
import { isOptional } from '../../expressions/evaluate/members.ts';
import { askedPathsOf } from '../../expressions/references.ts';
import { type Call, childNodesOf, type Member, type Node } from '../../expressions/tree.ts';
import type { Outline } from '../../language/outline.ts';
import { createPartsReader } from '../../language/presence/expression-trees.ts';
import { isPreparedToFail } from '../../language/presence/fates.ts';
import { taskExpressions, workflowExpressions } from '../../language/references/expression-sites.ts';
import type { ExpressionText } from '../../language/text/read-text.ts';
import type { Explored } from '../explore/explore.ts';
import { happenings } from './explored-graph.ts';
import { expressionOf, ofSome } from './failing-expressions.ts';
import type { DeepFinding } from './standstill.ts';
import { isContested, settersOf } from './value-coverage.ts';
import { type Facts, factsIf, rangeOf, textOf } from './value-range.ts';

type Look = {
  readonly chart: Chart;
  readonly explored: Explored;
  readonly outline: Pick<Outline, 'sites' | 'workflow'>;
};

/**
 * What may fail in a run for all that is known: a divisor or an index that is neither proven safe nor shown to fail,
 * and expressions that were seen to fail over values which the definition does not make. In words, each once.
 */
export function unprovenOf(look: Look, findings: readonly DeepFinding[]): readonly string[] {
  const told = new Set(
    findings.flatMap(({ code, severity, tasks }) =>
      code === 'deep.expression-fails' && severity === 'error' ? [tasks[0] ?? ''] : [],
    ),
  );
  const seen = failuresSeen(look, told);
  const texts = doubtfulExpressions(look, told).map(
    ({ at, why, source }) => `an expression of ${whereText(at)} may fail, as ${why}: ${source}`,
  );

  return [...new Set([...seen, ...texts])];
}

/** An expression that may fail for all that is known, and why. `at` is the task, none at the end of the run. */
type Doubtful = {
  readonly at: string | undefined;
  readonly why: string;
  readonly source: string;
  readonly node: Node;
};

export function doubtfulExpressions(look: Look, told: ReadonlySet<string>): readonly Doubtful[] {
  const sites = look.outline.sites.filter(({ task }) => !told.has(task.id));

  return [...sites.flatMap((site) => ofTask(look, site)), ...(told.has('') ? [] : ofEnd(look))];
}

function whereText(task: string | undefined): string {
  return task === undefined ? 'the output of the run' : task;
}

/** Expressions that fail in what was explored, in tasks of which no error tells. */
function failuresSeen({ chart, explored }: Look, told: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  for (const { event, edge } of happenings(explored)) {
    const { fact } = event;
    if (fact.type !== 'task.failed' && fact.type !== 'run.failed') continue;
    const expression = expressionOf(fact.data.error);
    const task = fact.type === 'task.failed' ? localId(fact.data.task) : undefined;
    const place = chart.plan.get(task ?? '')?.task;
    if (expression === undefined || told.has(task ?? '')) continue;
    const ended = explored.scenes.get(edge.to)?.scene.run.state.error;
    if (place !== undefined && isPreparedToFail(place) && ended?.message !== fact.data.error?.message)
      continue;
    found.add(`an expression of ${whereText(task)} may fail: ${expression}`);
  }

  return [...found];
}

function ofTask(look: Look, site: Outline['sites'][number]): readonly Doubtful[] {
  const { task, list } = site;
  if (list.kind === 'steps' || isPreparedToFail(task)) return [];
  const read = createPartsReader();
  const [when] = task.when === undefined ? [] : read({ kind: 'condition', text: task.when }).parts;
  const facts: Facts = when === undefined ? new Map() : withoutVariables(factsIf(when.node, true, new Map()));

  return taskExpressions(site).flatMap((text) =>
    ofText({ ...look, at: task.id }, text, text.path.at(-1) === 'when' ? new Map() : facts),
  );
}

/** Others may set a variable after the condition was asked. */
function withoutVariables(facts: Facts): Facts {
  return new Map([...facts].filter(([text]) => !text.includes('workflow.variables')));
}

function ofEnd(look: Look): readonly Doubtful[] {
  const { ending, start } = workflowExpressions(look.outline.workflow);

  return [...start, ...ending].flatMap((text) => ofText({ ...look, at: undefined }, text, new Map()));
}

type Place = Look & { readonly at: string | undefined };

function ofText(place: Place, text: ExpressionText, facts: Facts): readonly Doubtful[] {
  return createPartsReader()(text).parts.flatMap(({ node, source }) =>
    partial(place, node, facts).map((why) => ({ at: place.at, why, source: source.trim(), node })),
  );
}

/** Why an expression may fail, each place of it that may. */
function partial(place: Place, node: Node, facts: Facts): readonly string[] {
  const inner = (each: Node, known = facts) => partial(place, each, known);
  if (node.kind === 'choice') {
    return [
      ...inner(node.when),
      ...inner(node.yes, factsIf(node.when, true, facts)),
      ...inner(node.no, factsIf(node.when, false, facts)),
    ];
  }
  if (node.kind === 'and' || node.kind === 'or') {
    return [...inner(node.left), ...inner(node.right, factsIf(node.left, node.kind === 'and', facts))];
  }
  if (node.kind === 'has') return inner(node.of.of);
  const why = reasonOf(place, node, facts);

  return [...(why === undefined ? [] : [why]), ...childNodesOf(node).flatMap((each) => inner(each))];
}

function reasonOf(place: Place, node: Node, facts: Facts): string | undefined {
  switch (node.kind) {
    case 'binary':
      return divisionOf(place, node, facts);
    case 'member':
      return isOptional(node) ? undefined : indexOf(place, node, facts);
    case 'call':
      return emptyOf(place, node, facts) ?? conversionOf(place, node);
    default:
      return undefined;
  }
}

function divisionOf(
  place: Place,
  { operator, right }: Extract<Node, { readonly kind: 'binary' }>,
  facts: Facts,
): string | undefined {
  if (operator !== '/' && operator !== '%') return undefined;
  const isSafe = rangeOf(right, place.chart.definition.input, facts).nonZero || isTried(place, right);

  return isSafe ? undefined : `${textOf(right)} may be 0`;
}

function indexOf(place: Place, node: Node & Member, facts: Facts): string | undefined {
  const { key, of } = node;
  if (key.kind === 'literal' && typeof key.value === 'string') return undefined;
  const isSafe = (key.kind === 'literal' && Number(key.value) < leastSize(of, facts)) || isTried(place, node);

  return isSafe ? undefined : `${textOf(of)} may have no ${textOf(key)}`;
}

/** How many items a list has at least. */
function leastSize(list: Node, facts: Facts): number {
  const written = list.kind === 'list' ? list.items.length : 0;

  return Math.max(written, facts.get(`size(${textOf(list)})`)?.min ?? 0);
}

function emptyOf(place: Place, { name, args }: Call, facts: Facts): string | undefined {
  const [list] = args;
  if (list === undefined || args.length > 1 || !ofSome.has(name)) return undefined;

  return leastSize(list, facts) > 0 || isTried(place, list) ? undefined : `${textOf(list)} may be empty`;
}

function conversionOf(place: Place, { name, args }: Call): string | undefined {
  if (!converting.has(name)) return undefined;
  const isSafe = args.every((arg) => arg.kind === 'literal' || isNumber(place, arg) || isTried(place, arg));

  return isSafe ? undefined : `${name}() does not take every value`;
}

const converting: ReadonlySet<string> = new Set([
  'int',
  'double',
  'bool',
  'timestamp',
  'duration',
  'parse_json',
  'from_base64',
]);

const numeric: ReadonlySet<string> = new Set(['size', 'round', 'floor', 'ceil', 'abs', 'sum', 'min', 'max']);

function isNumber({ chart }: Place, node: Node): boolean {
  if (node.kind === 'binary') return ['-', '*', '/', '%'].includes(node.operator);
  if (node.kind === 'call') return numeric.has(node.name);
  const [root, member, name = '', ...more] = textOf(node).split('.');
  const property = Object.hasOwn(chart.definition.input, name) ? chart.definition.input[name] : undefined;
  const isInput = root === 'workflow' && member === 'input' && more.length === 0;

  return isInput && (property?.type === 'integer' || property?.type === 'number');
}

/** Whether every value that the expression may have was tried: then what fails was seen to. */
function isTried(place: Place, node: Node): boolean {
  const { explored } = place;
  const omitted = explored.scenes.get(explored.first)?.scene.candidates.omitted ?? [];
  const paths = askedPathsOf(node);
  if (paths.length === 0) return childNodesOf(node).every((each) => each.kind !== 'loop');

  return explored.isWhole && omitted.length === 0 && paths.every((path) => isOfFew(place, path, new Set()));
}

/** Whether a value is one of few, all of which were tried. */
function isOfFew(place: Place, path: readonly string[], seen: ReadonlySet<string>): boolean {
  const { input } = place.chart.definition;
  const [root = '', member, name = ''] = path;
  const key = `${root} ${name}`;
  if (seen.has(key)) return true;
  const inner = new Set([...seen, key]);
  if (root !== 'workflow') return isOutputOfFew(place, path, inner);
  if (member === 'variables') return isVariableOfFew(place, name, inner);
  const property = member === 'input' && Object.hasOwn(input, name) ? input[name] : undefined;

  if (path.length !== 3 || property === undefined) return false;
  const listed = property.enum ?? (property.type === 'boolean' ? [true, false] : undefined);
  const given = new Set(givenAs(place, name));

  return listed?.every((value) => given.has(JSON.stringify(value))) === true;
}

/** The values of an input with which runs were begun. */
function givenAs({ explored }: Place, name: string): readonly string[] {
  const inputs = explored.scenes.get(explored.first)?.scene.candidates.inputs ?? [];

  return inputs.map((input) => JSON.stringify(input[name] ?? null));
}

function isVariableOfFew(place: Place, name: string, seen: ReadonlySet<string>): boolean {
  const { chart, at } = place;
  const { variables } = chart.definition;
  if (at === undefined || name === '' || isContested(chart, at, name)) return false;
  const initial = Object.hasOwn(variables, name) ? [variables[name] ?? null] : [];
  const set = settersOf(chart, name).map(({ value }) => value);

  return [...initial, ...set].every((each) => isTemplateOfFew(place, each, seen));
}

function isOutputOfFew(
  place: Place,
  [root = '', member, name = '']: readonly string[],
  seen: ReadonlySet<string>,
): boolean {
  const task = place.chart.plan.get(root)?.task;
  if (task !== undefined && member === 'status') return true;
  if (member !== 'output' || task?.type !== 'TRANSFORM' || task.output?.kind !== 'map') return false;
  const { map } = task.output;

  return Object.hasOwn(map, name) && isTemplateOfFew(place, map[name] ?? null, seen);
}

function isTemplateOfFew(place: Place, template: Json, seen: ReadonlySet<string>): boolean {
  const text = typeof template === 'string' ? template : JSON.stringify(template);
  const { parts } = createPartsReader()({ kind: 'template', text });

  return parts.every(({ node }) => askedPathsOf(node).every((path) => isOfFew(place, path, seen)));
}
