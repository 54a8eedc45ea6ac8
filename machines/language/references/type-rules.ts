import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../definition.ts';
import { closingBrace } from '../../expressions/scan.ts';
import { checkTypes, shapeOfExpression } from '../../expressions/typing/check-types.ts';
import { anyShape, shapeAt, sharedShape, type TypeShape } from '../../expressions/typing/shape.ts';
import {
  inWords,
  mayBe,
  type TypeFault,
  typeOfValue,
  type ValueType,
} from '../../expressions/typing/typing.ts';
import type { Task } from '../../task.ts';
import { isMapping } from '../mapping.ts';
import type { TaskGraph, TaskSite } from '../outline.ts';
import type { ExpressionText } from '../text/read-text.ts';
import {
  type KnownOutputs,
  knownOutputs,
  type NamesInScope,
  namesInScope,
  outputSchema,
  shapeOfRules,
} from './known-outputs.ts';
import { declaredOutputs } from './reference-rules.ts';

/** What a key needs its expression to give, and what messages call it. */
const needs: Readonly<Record<string, { readonly type: ValueType; readonly what: string }>> = {
  when: { type: 'boolean', what: 'a condition is true or false' },
  condition: { type: 'boolean', what: 'a condition is true or false' },
  loop_condition: { type: 'boolean', what: 'a condition is true or false' },
  match: { type: 'boolean', what: 'a condition is true or false' },
  for_each: { type: 'list', what: 'for_each works on a list' },
  items: { type: 'list', what: 'items are a list' },
  until: { type: 'text', what: 'until is a time in ISO 8601' },
  ...Object.fromEntries(
    [
      'timeout',
      'queue_timeout',
      'total_timeout',
      'heartbeat_timeout',
      'duration',
      'initial_delay',
      'max_delay',
    ].map((key) => [
      key,
      { type: 'text' as const, what: `${key} is a duration: text such as 30s, or duration("30s")` },
    ]),
  ),
};

/** What in a text with expressions can only fail, whatever the values are; places are those within the text. */
export function typeFaults({ kind, text, key = '' }: ExpressionText, visible: Known): readonly TypeFault[] {
  const check = (source: string) => checkTypes(source, (read) => knownShape(read, visible).type);
  const { parts, whole } =
    kind === 'condition' ? { parts: [{ source: text, offset: 0 }], whole: true } : templateParts(text);
  const checked = parts.map(({ source, offset }) => ({ ...check(source), offset }));
  const faults = checked.flatMap((each) =>
    each.faults.map(({ message, start, end }) => ({
      message,
      start: start + each.offset,
      end: end + each.offset,
    })),
  );
  if (faults.length > 0) return faults;
  const type = whole ? (checked[0]?.type ?? 'any') : 'text';

  return misfit(key, type, text);
}

function misfit(key: string, type: ValueType, text: string): readonly TypeFault[] {
  const need = Object.hasOwn(needs, key) ? needs[key] : undefined;
  if (need === undefined || mayBe(type, need.type)) return [];

  return [{ message: `${need.what}, and this is ${inWords(type)}`, start: 0, end: text.length }];
}

type Known = {
  readonly definition: Definition;
  readonly graph: TaskGraph;
  readonly names: NamesInScope;
  /** Of a task by its id, what the world tells of its output: of those of actions and of other workflows. */
  readonly outputs?: (task: string) => KnownOutputs | undefined;
  /** How many templates were followed to where the expression stands. */
  readonly followed?: number;
  /** The variables whose values are being followed: what one is made of itself tells nothing new of it. */
  readonly counted?: ReadonlySet<string>;
};

/**
 * The members of the output that a workflow declares; those that its expressions make are like what these give, unless
 * a TERMINATE may give another output.
 */
export function outputShapes({ output }: Definition, known: Omit<Known, 'names'>): KnownOutputs {
  const ending = { ...known, names: none };
  const names = output.kind === 'names' ? output.names : Object.keys(output.map);
  const isMade = output.kind === 'map' && ![...known.graph.sites.values()].some(endsWell);

  return new Map(names.map((name) => [name, isMade ? shapeOfMade(output.map, name, ending) : anyShape]));
}

function endsWell({ task }: TaskSite): boolean {
  return task.type === 'TERMINATE' && task.scope !== 'body' && task.status === 'COMPLETED';
}

/** The members of what a run gives, by name. `mayBeNull`: nobody may have given it. */
export type PossibleOutput = Readonly<
  Record<string, { readonly shape: TypeShape; readonly mayBeNull: boolean }>
>;

/** What a run that completes may give: what its definition says, or what a TERMINATE says. */
export function possibleOutputs(
  definition: Definition,
  around: Omit<Known, 'names'>,
): readonly (PossibleOutput | null)[] {
  const known = { ...around, names: none };
  const { output } = definition;
  const ends = [...known.graph.sites.values()].filter(endsWell);
  const own = output.kind === 'map' ? allMade(output.map, known) : namedOutputs(output.names, known);
  // One that says nothing gives what tasks have given by then; what expressions make is not made any more.
  const other = ends.flatMap((site) => {
    if (site.task.output?.kind === 'map') return [allMade(site.task.output.map, followedTo(site, known))];
    return output.kind === 'map' || site.task.output !== undefined ? [null] : [];
  });

  return [own, ...other];
}

function allMade(made: Readonly<Record<string, Json>>, known: Known): PossibleOutput {
  return Object.fromEntries(
    Object.keys(made).map((name) => [name, { shape: shapeOfMade(made, name, known), mayBeNull: false }]),
  );
}

/** Each is what one of the tasks that declare it gave; nothing, where all of them were skipped. */
function namedOutputs(names: readonly string[], known: Known): PossibleOutput {
  const sites = [...known.graph.sites.values()].filter(({ list }) => list.kind === 'workflow');

  return Object.fromEntries(
    names.map((name) => {
      const shapes = sites.flatMap((site) =>
        declaredOutputs(site.task)?.includes(name) === true ? [shapeInOutput(site, [name], known)] : [],
      );
      return [name, { shape: sharedShape(shapes), mayBeNull: true }];
    }),
  );
}

/** What an expression reads at one place of a definition is like: anything, unless it can be nothing else. */
function knownShape([root = '', ...rest]: readonly string[], known: Known): TypeShape {
  if (known.names.has(root)) return shapeOfPlaced(root, rest, known);
  if (root === 'workflow') return shapeInWorkflow(rest, known);
  if (root === 'tasks')
    return rest[0] === undefined ? { type: 'map' } : shapeInTask(rest[0], rest.slice(1), known);
  if (root === 'secrets') return rest.length === 0 ? { type: 'map' } : anyShape;

  return shapeInTask(root, rest, known);
}

function shapeOfPlaced(root: string, rest: readonly string[], known: Known): TypeShape {
  const listing = known.names.get(root);
  if (listing !== undefined) return shapeAt(shapeOfItem(listing, known), rest);
  if (root === 'index' && rest.length === 0) return { type: 'number' };

  return root === 'loop' && rest[0] === 'iteration' && rest.length === 1 ? { type: 'number' } : anyShape;
}

/** What the items are like that a FORK or a loop goes over. */
function shapeOfItem(site: TaskSite, known: Known): TypeShape {
  const { task } = site;
  const there = followedTo(site, known);
  if (task.type === 'FORK' && task.forEach !== undefined)
    return shapeOfWhole(task.forEach, there).items ?? anyShape;

  return task.type === 'DO_WHILE' && task.items !== undefined
    ? (shapeOfTemplate(task.items, there).items ?? anyShape)
    : anyShape;
}

function shapeInWorkflow([member, name, ...deeper]: readonly string[], known: Known): TypeShape {
  if (name === undefined) return member === 'id' || member === 'run_id' ? { type: 'text' } : anyShape;
  if (member === 'variables') return shapeAt(shapeOfVariable(name, known), deeper);
  const { input } = known.definition;
  const rules = member === 'input' && Object.hasOwn(input, name) ? input[name] : undefined;

  return rules === undefined ? anyShape : shapeAt(shapeOfRules(rules), deeper);
}

/** A variable is whatever it is first, or was set to since. */
function shapeOfVariable(name: string, around: Known): TypeShape {
  if (around.counted?.has(name) === true) return anyShape;
  const known = { ...around, counted: new Set([...(around.counted ?? []), name]) };
  const set = [...known.graph.sites.values()].flatMap((site) =>
    site.task.type === 'SET_VARIABLE' ? [{ variables: site.task.variables, site }] : [],
  );
  const shapes = [{ variables: known.definition.variables, site: undefined }, ...set].flatMap(
    ({ variables, site }) =>
      Object.hasOwn(variables, name) ? [shapeOfMade(variables, name, followedTo(site, known))] : [],
  );

  return sharedShape(shapes);
}

function shapeInTask(id: string, [member, ...path]: readonly string[], known: Known): TypeShape {
  const site = known.graph.sites.get(id);
  if (site === undefined) return anyShape;
  if (member === 'status' && path.length === 0) return { type: 'text' };

  return member === 'output' ? shapeInOutput(site, path, known) : anyShape;
}

function shapeInOutput(site: TaskSite, path: readonly string[], known: Known): TypeShape {
  const { task } = site;
  const schema = outputSchema(task);
  const declared = schema === undefined ? undefined : shapeOfRules(schema);
  const [name, ...deeper] = path;
  if (name === undefined) return declared ?? anyShape;
  if (declared?.members !== undefined) return shapeAt(declared, path);
  const made = madeOf(task);
  if (Object.hasOwn(made, name)) return shapeAt(shapeOfMade(made, name, followedTo(site, known)), deeper);
  const joined = task.type === 'JOIN' && task.output === undefined ? known.graph.sites.get(name) : undefined;
  if (joined !== undefined && joined.task.type !== 'JOIN') return shapeInOutput(joined, deeper, known);
  const told = known.outputs?.(task.id)?.get(name);
  const shape = told ?? knownOutputs(task, (id) => known.graph.sites.get(id)?.task)?.get(name);

  return shapeAt(shape ?? anyShape, deeper);
}

/** The templates that make the members of an output; where a fallback stands in, its output may be instead. */
function madeOf(task: Task): Readonly<Record<string, Json>> {
  if (task.fallback.length > 0) return {};
  if (task.output?.kind === 'map') return task.output.map;

  return task.type === 'SET_VARIABLE' && task.output === undefined ? task.variables : {};
}

function shapeOfMade(made: Readonly<Record<string, Json>>, name: string, known: Known): TypeShape {
  return Object.hasOwn(made, name) ? shapeOfTemplate(made[name] ?? null, known) : anyShape;
}

const none: NamesInScope = new Map();

/** So many templates are followed, one to the next, to where a value comes from. */
const followedMax = 4;

/** What is known where another template stands: at a task, or in the workflow itself. */
function followedTo(site: TaskSite | undefined, known: Known): Known {
  const names = site === undefined ? none : namesInScope(site, 'output', known.graph);

  return { ...known, names, followed: (known.followed ?? 0) + 1 };
}

/** Of a longer list nothing is known but that it is one. */
const itemsMax = 100;

/** What a template that stands at a task gives is like. */
export function shapeOfGiven(value: Json, known: Known): TypeShape {
  return shapeOfTemplate(value, known);
}

/** What a template gives is like: its value, or the one expression that it is. */
function shapeOfTemplate(value: Json, known: Known): TypeShape {
  if (typeof value === 'string') return shapeOfText(value, known);
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    if (items.length > itemsMax) return { type: 'list' };
    return { type: 'list', items: sharedShape(items.map((item) => shapeOfTemplate(item, known))) };
  }
  if (!isMapping(value)) return { type: typeOfValue(value) };
  const sure = Object.keys(value);
  const members = sure.map((name) => [name, shapeOfMade(value, name, known)]);

  return { type: 'map', members: Object.fromEntries(members), sure };
}

function shapeOfText(text: string, known: Known): TypeShape {
  const { parts, whole } = templateParts(text);
  const [part] = parts;

  return part !== undefined && whole ? shapeOfWhole(part.source, known) : { type: 'text' };
}

function shapeOfWhole(expression: string, known: Known): TypeShape {
  if ((known.followed ?? 0) > followedMax) return anyShape;

  return shapeOfExpression(expression, (read) => knownShape(read, known));
}

/** One expression of a template: its text, and where in the template that begins. */
type TemplatePart = { readonly source: string; readonly offset: number };

/** The expressions of a template; `$${` is none. `whole`: the template is exactly one. */
export function templateParts(text: string): {
  readonly parts: readonly TemplatePart[];
  readonly whole: boolean;
} {
  const parts: TemplatePart[] = [];
  let whole = false;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', at)) {
    const offset = at + 2;
    const close = text[at - 1] === '$' ? -1 : closingBrace(text, offset);
    if (close !== -1) parts.push({ source: text.slice(offset, close), offset });
    if (at === 0 && close === text.length - 1) whole = true;
    at = close === -1 ? offset : close + 1;
  }

  return { parts, whole };
}
