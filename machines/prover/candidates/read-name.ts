import type { Task } from '../../task.ts';
import type { Leaf, Reading } from './reading.ts';
import { constant, pathMax } from './reading.ts';
import { anyItem, spotAt } from './value-site.ts';

type Path = readonly string[];

/** Follows the value at a path below a free name to where it comes from. */
export function readName(name: string, path: Path, reading: Reading): readonly Leaf[] {
  const local = reading.locals.get(name);
  const { world, place } = reading;
  if (local !== undefined) {
    return world.read(local.over, [anyItem, ...path], { ...local.reading, isVaried: reading.isVaried });
  }
  const [first, ...rest] = path;
  if (name === 'workflow') return first === undefined ? [] : readWorkflow(first, rest, reading);
  if (name === 'tasks') return first === undefined ? [] : readTask(first, rest, reading);
  if (name === 'result') return readResult(path, reading);
  if ((name === 'signal' || name === 'event') && first === 'data') {
    return [{ kind: 'free', spot: spotAt(world.source('signal', place), rest), isSize: false, back: same }];
  }
  const item = readItem(name, path, reading);

  return item ?? (world.plan.has(name) ? readTask(name, path, reading) : []);
}

const same = <Value>(value: Value): Value => value;

function readWorkflow(member: string, path: Path, reading: Reading): readonly Leaf[] {
  const { world } = reading;
  if (member === 'input')
    return [{ kind: 'free', spot: spotAt(world.source('input'), path), isSize: false, back: same }];
  if (member === 'id') return [constant(world.definition.id)];
  const [name, ...rest] = path;
  if (member !== 'variables' || name === undefined || path.length > pathMax) return [];
  const key = JSON.stringify(['variable', name, rest, reading.isVaried]);
  const known = world.known.get(key);
  if (known !== undefined) return known;
  // A variable that is made from itself tells no more the second time.
  world.known.set(key, []);
  const setters = [...world.plan.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? [task] : [],
  );
  const set = setters.flatMap(({ id, variables }) =>
    Object.hasOwn(variables, name) ? [{ place: id, source: variables[name] ?? null }] : [],
  );
  const first = Object.hasOwn(world.definition.variables, name)
    ? [{ place: '', source: world.definition.variables[name] ?? null }]
    : [];
  const leaves = [...first, ...set].flatMap(({ place, source }) =>
    world.readTemplate(source, rest, { ...reading, place, locals: new Map() }),
  );
  world.known.set(key, leaves);

  return leaves;
}

/** Of a task only its output comes from outside: its status is made by the moves of the run. */
function readTask(id: string, [member, ...path]: Path, reading: Reading): readonly Leaf[] {
  return member === 'output' ? reading.world.readOutput(id, path, reading) : [];
}

/** In the mapping of an output `result` is what the task gave before. */
function readResult(path: Path, reading: Reading): readonly Leaf[] {
  return reading.world.readOutput(`${reading.place}${rawSuffix}`, path, reading);
}

/** Asks for the result of a task as it was before its output reshaped it. No id holds a space. */
export const rawSuffix = ' result';

/** `item`, or what a FORK calls it, of the innermost body that has one; undefined where the name means no item. */
function readItem(name: string, path: Path, reading: Reading): readonly Leaf[] | undefined {
  const { plan } = reading.world;
  const own = plan.get(reading.place)?.task;
  let holder = own?.type === 'DO_WHILE' ? own.id : plan.get(reading.place)?.owner;
  for (; holder !== undefined; holder = plan.get(holder)?.owner) {
    const task = plan.get(holder)?.task;
    const named = task === undefined ? undefined : itemsNamed(task, name);
    if (named !== undefined) {
      return named === 'index' ? [] : readList(task, [anyItem, ...path], { ...reading, place: holder });
    }
  }

  return undefined;
}

function itemsNamed(task: Task, name: string): 'item' | 'index' | undefined {
  const works =
    task.type === 'FORK' ? task.forEach !== undefined : task.type === 'DO_WHILE' && task.items !== undefined;
  if (!works) return undefined;
  if (name === 'index') return 'index';

  return name === 'item' || (task.type === 'FORK' && name === task.as) ? 'item' : undefined;
}

/** Follows the list that a FORK or a loop works on. */
export function readList(task: Task | undefined, path: Path, reading: Reading): readonly Leaf[] {
  const { world } = reading;
  const own = { ...reading, locals: new Map() };
  if (task?.type === 'FORK' && task.forEach !== undefined)
    return world.read(world.parse(task.forEach), path, own);
  if (task?.type === 'DO_WHILE' && task.items !== undefined) return world.readTemplate(task.items, path, own);

  return [];
}
