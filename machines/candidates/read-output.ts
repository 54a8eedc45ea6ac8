import type { Place } from '../compile/plan.ts';
import { bodyTasks } from '../compile/plan.ts';
import type { ForkTask, JoinTask, Task } from '../task.ts';
import { rawSuffix, readList } from './read-name.ts';
import { isFree, type Leaf, mapped, pathMax, type Reading, type SourceKind } from './reading.ts';
import { anyItem, spotAt } from './spot.ts';

type Path = readonly string[];

/** Follows the value at a path below the output of a task: to its result, or to what the engine makes it from. */
export function readOutput(asked: string, path: Path, reading: Reading): readonly Leaf[] {
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

function readResult({ task, branches }: Place, path: Path, reading: Reading): readonly Leaf[] {
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
      return task.signal === undefined ? [] : free('signal', path, reading);
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
