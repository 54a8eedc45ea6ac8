import type { Json } from '../../../events/canonical-json.ts';
import { typeOfValue, type ValueType } from '../../expressions/typing/typing.ts';
import { breaksOf, type Task } from '../../task.ts';
import type { TaskGraph, TaskSite } from '../outline.ts';

export type KnownOutputs = ReadonlyMap<string, ValueType>;

/**
 * The members of a task's output with their types, when they are known before it runs: those that it declares, or
 * those that every task of its type has. `taskOf` finds a task by its id.
 */
export function knownOutputs(task: Task, taskOf: (id: string) => Task | undefined): KnownOutputs | undefined {
  if (task.output?.kind === 'names') return allAny(task.output.names);
  if (task.output?.kind === 'map') {
    return new Map(Object.entries(task.output.map).map(([name, value]) => [name, typeOfConstant(value)]));
  }
  // What stands in for a failed task is as it likes.
  if (task.fallback.length > 0) return undefined;

  return outputsOfType(task, taskOf);
}

/** The type of a value without expressions; of one with expressions nothing is known. */
export function typeOfConstant(value: Json): ValueType {
  return JSON.stringify(value).includes('${') ? 'any' : typeOfValue(value);
}

function outputsOfType(task: Task, taskOf: (id: string) => Task | undefined): KnownOutputs | undefined {
  switch (task.type) {
    case 'HUMAN':
      return task.waitForApproval
        ? typed({ decision: 'text', by: 'text', comment: 'any', data: 'any' })
        : undefined;
    case 'DECISION':
      return typed({ value: 'any', case: 'text', next: 'list' });
    case 'FORK':
      return task.branches === undefined
        ? typed({ results: 'list', failures: 'list', total: 'number', succeeded: 'number', failed: 'number' })
        : allAny(endsOf(task.branches));
    case 'JOIN':
      return allAny(task.joinOn.flatMap((id) => joinedAs(id, taskOf(id))));
    case 'DO_WHILE':
      return typed({
        ...{ iteration: 'number', results: 'list' },
        ...(breaksOf(task).length > 0 ? { exit: 'any' } : {}),
      });
    case 'HTTP':
      return typed({ status: 'number', headers: 'map', body: 'any' });
    case 'EVENT':
      return typed({ id: 'text', type: 'text', subject: 'any', time: 'text' });
    case 'SUB_WORKFLOW':
      return task.wait ? undefined : typed({ run_id: 'text' });
    case 'SET_VARIABLE':
      return new Map(Object.entries(task.variables).map(([name, value]) => [name, typeOfConstant(value)]));
    default:
      return undefined;
  }
}

/** A JOIN holds the ends of the branches of a FORK, each under its own name. */
function joinedAs(id: string, task: Task | undefined): readonly string[] {
  return task?.type === 'FORK' && task.branches !== undefined ? endsOf(task.branches) : [id];
}

function endsOf(branches: readonly (readonly Task[])[]): readonly string[] {
  return branches.flatMap((branch) => branch.slice(-1).map(({ id }) => id));
}

function typed(types: Readonly<Record<string, ValueType>>): KnownOutputs {
  return new Map(Object.entries(types));
}

function allAny(names: readonly string[]): KnownOutputs {
  return new Map(names.map((name) => [name, 'any']));
}

/** The names that an expression under a key of a task knows besides those known everywhere, such as `item`. */
export function namesInScope(site: TaskSite, key: string, graph: TaskGraph): ReadonlySet<string> {
  return new Set([...namesAround(site, graph), ...namesOfKey(site, key)]);
}

function namesOfKey(site: TaskSite, key: string): readonly string[] {
  if (key === 'output') return ['result'];
  if (key === 'match') return ['signal', 'event'];
  if (key === 'workflow' && site.task.type === 'FORK') return [site.task.as ?? 'item', 'item', 'index'];

  return key === 'loop_condition' ? loopNames(site) : [];
}

/** What the bodies around a task add: `item` and `index` of an iteration over items, `loop` of a loop. */
function namesAround(site: TaskSite, graph: TaskGraph): readonly string[] {
  const { kind, container: id, itemName = 'item' } = site.list;
  const container = id === undefined ? undefined : graph.sites.get(id);
  if (container === undefined || container === site) return [];
  const own = kind === 'items' ? [itemName, 'item', 'index'] : kind === 'loop' ? loopNames(container) : [];

  return [...own, ...namesAround(container, graph)];
}

function loopNames({ task }: TaskSite): readonly string[] {
  return task.type === 'DO_WHILE' && task.items !== undefined ? ['loop', 'item', 'index'] : ['loop'];
}
