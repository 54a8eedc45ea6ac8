import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import { anyShape, type TypeShape } from '../../expressions/typing/shape.ts';
import { commonType, typeOfValue, type ValueType } from '../../expressions/typing/typing.ts';
import { breaksOf, type Task } from '../../task.ts';
import { formFields } from '../check-input.ts';
import { isAskedAgain } from '../graph/asked-again.ts';
import { isMapping } from '../mapping.ts';
import type { TaskGraph, TaskSite } from '../outline.ts';

export type KnownOutputs = ReadonlyMap<string, TypeShape>;

/**
 * The members of a task's output with their types, when they are known before it runs: those that it declares, or
 * those that every task of its type has. `taskOf` finds a task by its id.
 */
export function knownOutputs(task: Task, taskOf: (id: string) => Task | undefined): KnownOutputs | undefined {
  if (task.output !== undefined) {
    return task.output.kind === 'names' ? allAny(task.output.names) : constants(task.output.map);
  }
  // What stands in for a failed task is as it likes.
  if (task.fallback.length > 0) return undefined;
  const { members, open } = outputSchema(task) ?? {};
  if (open === true) return undefined;
  if (members !== undefined) {
    return new Map(Object.entries(members).map(([name, rules]) => [name, shapeOfRules(rules)]));
  }

  return task.returns === undefined ? outputsOfType(task, taskOf) : undefined;
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

/** What keeps to the rules of an input, or of what a task returns, is like this. */
export function shapeOfRules(rules: InputProperty): TypeShape {
  const { items, members } = rules;
  const type = typeOfRules(rules);
  if (isMapping(items)) return { type, items: shapeOfRules(items as unknown as InputProperty) };
  if (members === undefined) return { type };
  const entries = Object.entries(members);

  return {
    type,
    members: Object.fromEntries(entries.map(([name, member]) => [name, shapeOfRules(member)])),
    sure: entries.flatMap(([name, { required }]) => (required ? [name] : [])),
  };
}

function typeOfRules({ type, enum: listed, nullable }: InputProperty): ValueType {
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
      return constants(task.variables);
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
  return new Map(Object.entries(types).map(([name, type]) => [name, { type }]));
}

function constants(values: Readonly<Record<string, Json>>): KnownOutputs {
  return new Map(Object.entries(values).map(([name, value]) => [name, { type: typeOfConstant(value) }]));
}

/** The type of a value without expressions; of one with expressions nothing is known. */
export function typeOfConstant(value: Json): ValueType {
  return JSON.stringify(value).includes('${') ? 'any' : typeOfValue(value);
}

function allAny(names: readonly string[]): KnownOutputs {
  return new Map(names.map((name) => [name, anyShape]));
}

/** Names by what they stand for: an item by the task over whose list it goes, others by nothing. */
export type NamesInScope = ReadonlyMap<string, TaskSite | undefined>;

/** The names that an expression under a key of a task knows besides those known everywhere, such as `item`. */
export function namesInScope(site: TaskSite, key: string, graph: TaskGraph): NamesInScope {
  return new Map([...namesAround(site, graph), ...namesOfKey(site, key)]);
}

type Names = readonly (readonly [string, TaskSite | undefined])[];

function namesOfKey(site: TaskSite, key: string): Names {
  if (key === 'output') return unlisted('result');
  if (key === 'match') return unlisted('signal', 'event');
  if (key === 'workflow' && site.task.type === 'FORK') return namesOfItem(site, site.task.as);

  return key === 'loop_condition' ? loopNames(site) : [];
}

/**
 * What the bodies around a task add, the innermost last: `item` and `index` over items, `loop` of a loop. `change`:
 * what an approval that asks for one says.
 */
function namesAround(site: TaskSite, graph: TaskGraph): Names {
  const { kind, container: id, itemName } = site.list;
  const container = id === undefined ? undefined : graph.sites.get(id);
  const change = isAskedAgain(graph, site.task.id) ? unlisted('change') : [];
  if (container === undefined || container === site) return change;
  const own =
    kind === 'items' ? namesOfItem(container, itemName) : kind === 'loop' ? loopNames(container) : [];

  return [...namesAround(container, graph), ...own, ...change];
}

function loopNames(site: TaskSite): Names {
  const overItems = site.task.type === 'DO_WHILE' && site.task.items !== undefined;

  return [...unlisted('loop'), ...(overItems ? namesOfItem(site) : [])];
}

function namesOfItem(site: TaskSite, itemName = 'item'): Names {
  return [[itemName, site], ['item', site], ...unlisted('index')];
}

function unlisted(...names: readonly string[]): Names {
  return names.map((name) => [name, undefined]);
}
