import type { Json } from '../../../events/canonical-json.ts';
import { bodyTasks, type TaskPlace } from '../../chart/plan.ts';
import type { Definition, InputProperty } from '../../definition.ts';
import { parseExpression } from '../../expressions/parse.ts';
import type { Node } from '../../expressions/tree.ts';
import { formFields } from '../../language/check-input.ts';
import { templateParts } from '../../language/references/type-rules.ts';
import type { ForkTask, JoinTask, Task } from '../../task.ts';
import { isDuration } from '../../task-names.ts';
import { plantSolutions } from './linear-solver.ts';
import { around, note, type Use } from './note.ts';
import { judge } from './predicate-solver.ts';
import { rawSuffix, readList } from './read-name.ts';
import { readNode } from './read-node.ts';
import {
  constant,
  isFree,
  type Leaf,
  mapped,
  pathMax,
  type Reading,
  type SourceKind,
  type World,
} from './reading.ts';
import { type Control, controlsOf, evaluatedIn, handedOut, templatesOfRun } from './sites.ts';
import { anyItem, newSource, type Spot, spotAt } from './value-site.ts';

/** The places of every value that comes from outside, once all expressions of a definition have been read. */
export type Survey = { readonly source: World['source'] };

/** Reads all expressions of a definition, those that decide first. */
export function survey(definition: Definition, plan: ReadonlyMap<string, TaskPlace>): Survey {
  const world = newWorld(definition, plan);
  const tasks = [...plan.values()].map(({ task }) => task);
  declare(world.source('input'), definition.input);
  for (const task of tasks) declareTask(task, world);
  for (const task of tasks) {
    for (const control of controlsOf(task)) readControl(control, readingAt(world, task.id, true));
  }
  for (const task of tasks) {
    const reading = readingAt(world, task.id, false);
    for (const source of [...evaluatedIn(task), ...handedOut(task)]) glance(source, reading);
  }
  for (const source of templatesOfRun(definition)) glance(source, readingAt(world, '', false));

  return { source: world.source };
}

const ranks: Readonly<Record<SourceKind, number>> = { input: 2, result: 4, answer: 6, signal: 8 };

function newWorld(definition: Definition, plan: ReadonlyMap<string, TaskPlace>): World {
  const sources = new Map<string, Spot>();
  const trees = new Map<string, Node>();
  let count = 0;
  const nextOrder = () => count++;

  return {
    definition,
    plan,
    source: (kind, task = '') => {
      const key = `${kind} ${task}`;
      const rules = kind === 'result' || kind === 'signal' ? plan.get(task)?.task.returns : undefined;
      const source =
        sources.get(key) ?? newSource(task === '' ? kind : task, { rank: ranks[kind], nextOrder, rules });
      sources.set(key, source);

      return source;
    },
    parse: (source) => {
      const tree = trees.get(source) ?? parseExpression(source);
      trees.set(source, tree);

      return tree;
    },
    known: new Map(),
    judged: new Map(),
    read: readNode,
    readTemplate,
    readOutput,
    judge,
  };
}

function readingAt(world: World, place: string, isVaried: boolean): Reading {
  return { world, place, isVaried, locals: new Map() };
}

function declare(root: Spot, properties: Readonly<Record<string, InputProperty>>): void {
  for (const [name, property] of Object.entries(properties)) {
    const spot = spotAt(root, [name], property);
    if (property.items !== undefined) spotAt(spot, [anyItem]);
  }
}

/** What a result holds whether an expression reads it or not. */
function declareTask(task: Task, { source }: World): void {
  if (task.type === 'HUMAN' && task.form !== undefined) {
    declare(source('answer', task.id), formFields(task.form) ?? {});
  }
  if (task.returns !== undefined) declareBelow(source(task.type === 'WAIT' ? 'signal' : 'result', task.id));
  if (task.output?.kind === 'names')
    for (const name of task.output.names) spotAt(source('result', task.id), [name]);
  if (task.type === 'HTTP') {
    const root = source('result', task.id);
    const { expectStatus } = task;
    const statuses =
      expectStatus === undefined ? { minimum: 200, maximum: 299, default: 200 } : { enum: expectStatus };
    spotAt(root, ['status'], { type: 'integer', ...statuses });
    spotAt(root, ['headers'], { type: 'object' });
    spotAt(root, ['body']);
  }
}

/** What a schema says is there. Members that need not be there, and that nobody reads, are left out. */
function declareBelow(spot: Spot): void {
  const { members = {}, items } = spot.rules ?? {};
  const needed = Object.entries(members).flatMap(([name, { required }]) => (required ? [name] : []));
  for (const name of [...needed, ...(items === undefined ? [] : [anyItem])])
    declareBelow(spotAt(spot, [name]));
}

function readControl(control: Control, reading: Reading): void {
  const { world } = reading;
  switch (control.kind) {
    case 'condition':
      judge(world.parse(control.source), control.wanted, reading);
      plantSolutions(world.parse(control.source), reading);
      break;
    case 'param':
      readParam(control, reading);
      break;
    case 'list':
      note(readTemplate(control.source, [], reading), { marks: ['walked'] }, reading);
      break;
    case 'time':
      note(readTemplate(control.source, [], reading), { shape: 'time' }, reading);
      break;
    case 'names':
      for (const [key, source] of Object.entries(control.source ?? {})) {
        if (isDuration(key)) readDuration(source as Json, reading);
        else readNames(source as Json, reading);
      }
  }
}

/** A whole duration is a text; in one that is put together expressions give its numbers, of which none is below 0. */
function readDuration(source: Json, reading: Reading): void {
  const { parts, whole } = templateParts(String(source));
  const use: Use = whole
    ? { shape: 'text', values: ['1h'], preferred: '1h' }
    : { shape: 'number', values: [1, -1], preferred: 1 };
  for (const part of parts) note(readNode(reading.world.parse(part.source), [], reading), use, reading);
}

/** Names are texts: each `${...}` is, or is a part of one. */
function readNames(source: Json, reading: Reading): void {
  if (typeof source === 'string') {
    note(readTemplate(source, [], reading), { shape: 'text' }, { ...reading, isVaried: false });
  } else if (typeof source === 'object' && source !== null) {
    for (const part of Object.values(source)) readNames(part, reading);
  }
}

function readParam({ source, cases }: Extract<Control, { kind: 'param' }>, reading: Reading): void {
  const values = cases.flatMap(meant);
  const [preferred] = values;
  const use = preferred === undefined ? {} : { preferred };
  note(readNode(reading.world.parse(source), [], reading), { values, ...use }, reading);
}

/** The value that a case is about, first: a number or a truth where its text reads as one. */
function meant(text: string): readonly Json[] {
  if (text === 'true' || text === 'false') return [text === 'true'];

  return /^-?\d{1,15}$/.test(text) ? around('==', Number(text)) : [text];
}

type Path = readonly string[];

/** Follows the value at a path below the output of a task: to its result, or to what the engine makes it from. */
function readOutput(asked: string, path: Path, reading: Reading): readonly Leaf[] {
  const { world } = reading;
  const isRaw = asked.endsWith(rawSuffix);
  const id = isRaw ? asked.slice(0, -rawSuffix.length) : asked;
  const place = world.plan.get(id);
  if (place === undefined || path.length > pathMax) return [];
  const key = JSON.stringify([asked, path, reading.isVaried]);
  const known = world.known.get(key);
  if (known !== undefined) return known;
  // What is made from itself, one pass after another, tells no more the second time.
  world.known.set(key, []);
  const own: Reading = { ...reading, place: id, locals: new Map() };
  const { task } = place;
  const leaves =
    !isRaw && task.output?.kind === 'map'
      ? world.readTemplate(task.output.map, path, own)
      : readResult(place, path, own);
  const [standIn, ...more] = task.fallback;
  const instead =
    standIn === undefined
      ? []
      : more.length === 0
        ? readOutput(standIn, path, own)
        : readNamed(task.fallback, path, own);
  world.known.set(key, [...leaves, ...instead]);

  return [...leaves, ...instead];
}

function readResult({ task, branches }: TaskPlace, path: Path, reading: Reading): readonly Leaf[] {
  const [first, ...rest] = path;
  const { world } = reading;
  switch (task.type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
      return free('result', path, reading);
    case 'SUB_WORKFLOW':
      return task.wait ? free('result', path, reading) : [];
    case 'WAIT':
      return task.signal === undefined ? [] : readSignal(path, reading);
    case 'HUMAN':
      return first === 'data' ? free('answer', rest, reading) : [];
    case 'DECISION':
      return first === 'value' ? world.read(world.parse(task.param), rest, reading) : [];
    case 'SET_VARIABLE':
      return world.readTemplate(task.variables, path, reading);
    case 'JOIN':
      return readNamed(joined(task, reading), path, reading);
    case 'FORK':
      return branches === undefined ? readPasses(task, path, reading) : readNamed(ends(task), path, reading);
    case 'DO_WHILE':
      return readPasses(task, path, reading);
    default:
      return [];
  }
}

/** What came with a signal stands under `data`, and its members beside: `timed_out` and `signal` say what ended it. */
function readSignal(path: Path, reading: Reading): readonly Leaf[] {
  const [first, ...rest] = path;
  if (first === 'timed_out' || first === 'signal') return [];

  return free('signal', first === 'data' ? rest : path, reading);
}

function free(kind: SourceKind, path: Path, { world, place }: Reading): readonly Leaf[] {
  return [
    { kind: 'free', spot: spotAt(world.source(kind, place), path), isSize: false, back: (value) => value },
  ];
}

/** A map from the ids of tasks to their outputs. */
function readNamed(
  ids: readonly string[],
  [id, ...path]: Path,
  { world, ...reading }: Reading,
): readonly Leaf[] {
  const asked = id === undefined ? ids : ids.filter((each) => each === id);
  const leaves = asked.flatMap((each) => world.readOutput(each, path, { world, ...reading }));

  return id === undefined ? [] : leaves;
}

/** A FORK with branches stands for the ends of its branches. */
function joined({ joinOn, dependsOn }: JoinTask, { world }: Reading): readonly string[] {
  return (joinOn.length > 0 ? joinOn : dependsOn).flatMap((id) => {
    const task = world.plan.get(id)?.task;
    return task?.type === 'FORK' && task.branches !== undefined ? ends(task) : [id];
  });
}

function ends({ branches = [] }: ForkTask): readonly string[] {
  return branches.flatMap((branch) => branch.slice(-1).map(({ id }) => id));
}

/** `results` is a list of the outputs of the body, of one task as it is, of several by their ids. */
function readPasses(task: Task, [member, ...path]: Path, reading: Reading): readonly Leaf[] {
  const counts = task.type === 'FORK' ? ['total', 'succeeded'] : ['iteration'];
  if (member !== undefined && counts.includes(member)) {
    return readList(task, [], reading)
      .filter(isFree)
      .map((leaf) => ({ ...leaf, isSize: true }));
  }
  if (member !== 'results') return [];
  const [item, ...below] = path;
  if (item === undefined) return mapped(readList(task, [], reading), () => undefined);
  const ids = (bodyTasks(task) ?? []).map(({ id }) => id);
  const [only, ...others] = ids;
  if (item !== anyItem || only === undefined) return [];

  return others.length === 0
    ? reading.world.readOutput(only, below, reading)
    : readNamed(ids, below, reading);
}

/** Follows the value at a path below what a template gives to where it comes from. */
function readTemplate(source: Json, path: Path, reading: Reading): readonly Leaf[] {
  if (typeof source === 'string') return readText(source, path, reading);
  if (typeof source !== 'object' || source === null) return path.length === 0 ? [constant(source)] : [];
  const [first, ...rest] = path;
  if (first === undefined) {
    for (const part of Object.values(source)) glance(part, reading);
    return JSON.stringify(source).includes('${') ? [] : [constant(source)];
  }
  if (Array.isArray(source)) {
    const items = source as readonly Json[];
    return first === anyItem ? items.flatMap((item) => readTemplate(item, rest, reading)) : [];
  }
  const members = source as Readonly<Record<string, Json>>;

  return Object.hasOwn(members, first) ? readTemplate(members[first] ?? null, rest, reading) : [];
}

function readText(text: string, path: Path, reading: Reading): readonly Leaf[] {
  const { parts, whole } = templateParts(text);
  const [only] = parts;
  const { world } = reading;
  if (only === undefined) return path.length === 0 ? [constant(text)] : [];
  if (whole) return world.read(world.parse(only.source), path, reading);
  for (const { source } of parts) note(world.read(world.parse(source), [], reading), {}, reading);

  return [];
}

/** Has the members that a template reads be there, whatever becomes of it. */
function glance(source: Json, reading: Reading): void {
  note(readTemplate(source, [], reading), {}, reading);
}
