import type { Json } from '../../../events/canonical-json.ts';
import type { Definition, InputProperty } from '../../definition.ts';
import { commonType, typeOfValue, type ValueType } from '../../expressions/typing/typing.ts';
import { breaksOf, type Task } from '../../task.ts';
import { formFields } from '../check-input.ts';
import type { TaskGraph, TaskSite } from '../outline.ts';

export type KnownOutputs = ReadonlyMap<string, ValueType>;

/**
 * The members of a task's output with their types, when they are known before it runs: those that it declares, or
 * those that every task of its type has. `taskOf` finds a task by its id.
 */
export function knownOutputs(task: Task, taskOf: (id: string) => Task | undefined): KnownOutputs | undefined {
  if (task.output !== undefined) return typesOfOutput(task.output);
  // What stands in for a failed task is as it likes.
  if (task.fallback.length > 0) return undefined;
  const { members, open } = outputSchema(task) ?? {};
  if (open === true) return undefined;
  if (members !== undefined) {
    return new Map(Object.entries(members).map(([name, rules]) => [name, typeOfRules(rules)]));
  }

  return task.returns === undefined ? outputsOfType(task, taskOf) : undefined;
}

/** The members that a task or a workflow declares. */
export function typesOfOutput(output: Definition['output']): KnownOutputs {
  return output.kind === 'names'
    ? allAny(output.names)
    : new Map(Object.entries(output.map).map(([name, value]) => [name, typeOfConstant(value)]));
}

/** What the output of a task is like, where its definition says it: by `returns`, or by the form of an approval. */
export function outputSchema(task: Task): InputProperty | undefined {
  const { returns, output, fallback } = task;
  if (output !== undefined || fallback.length > 0) return undefined;
  const members = returns?.members ?? {};
  switch (task.type) {
    case 'HTTP':
      return returns && { ...returns, members: { ...ofHttp, ...members } };
    case 'WAIT':
      // What comes with a signal stands under `data`, and its members beside: time may end the WAIT before it.
      return (
        returns && { ...returns, type: 'object', members: { ...members, ...ofWait, data: maybe(returns) } }
      );
    case 'HUMAN': {
      const fields = task.form === undefined || !task.waitForApproval ? undefined : formFields(task.form);
      return (
        fields && {
          ...some,
          type: 'object',
          members: { ...ofHuman, data: maybe({ ...some, members: fields }) },
        }
      );
    }
    default:
      return returns;
  }
}

const some = { required: true, secret: false } as const;
const ofHttp: Readonly<Record<string, InputProperty>> = {
  status: { ...some, type: 'integer' },
  headers: { ...some, type: 'object' },
  body: some,
};
const ofWait: Readonly<Record<string, InputProperty>> = {
  timed_out: { ...some, type: 'boolean' },
  signal: { ...some, type: 'string', nullable: true },
  until: { ...some, type: 'string' },
};
const ofHuman: Readonly<Record<string, InputProperty>> = {
  decision: { ...some, type: 'string' },
  by: { ...some, type: 'string' },
  comment: some,
};

function maybe(rules: InputProperty): InputProperty {
  return { ...rules, nullable: true };
}

/** What stands at a path below a value with a schema: its rules, `none` where nothing can be, else undefined. */
export function rulesAt(
  schema: InputProperty,
  [name, ...rest]: readonly string[],
): InputProperty | 'none' | undefined {
  if (name === undefined) return schema;
  const { members, open } = schema;
  const member = members !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
  if (member !== undefined) return rulesAt(member, rest);

  return members === undefined || open === true ? undefined : 'none';
}

/** The type of what keeps to the rules of an input. */
export function typeOfRules({ type, enum: listed, nullable }: InputProperty): ValueType {
  if (nullable === true) return 'any';
  switch (type) {
    case undefined:
      return listed === undefined ? 'any' : commonType(listed.map(typeOfValue));
    case 'string':
      return 'text';
    case 'integer':
      return 'number';
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return type;
  }
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
