import type { Json } from '../../../events/canonical-json.ts';
import type { Definition } from '../../definition.ts';
import { closingBrace } from '../../expressions/scan.ts';
import { checkTypes } from '../../expressions/typing/check-types.ts';
import {
  commonType,
  inWords,
  mayBe,
  type TypeFault,
  type ValueType,
} from '../../expressions/typing/typing.ts';
import type { Task } from '../../task.ts';
import type { TaskGraph } from '../outline.ts';
import type { ExpressionText } from '../text/read-text.ts';
import {
  type KnownOutputs,
  knownOutputs,
  namesInScope,
  outputSchema,
  rulesAt,
  typeOfConstant,
  typeOfRules,
} from './known-outputs.ts';

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
  const check = (source: string) => checkTypes(source, (read) => knownType(read, visible));
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
  readonly names: ReadonlySet<string>;
  /** Of tasks by id, what the world tells of their outputs: of those of actions and of other workflows. */
  readonly outputs?: ReadonlyMap<string, KnownOutputs>;
  /** How many templates were followed to where the expression stands. */
  readonly followed?: number;
};

/** The type of what an expression reads at one place of a definition: `any` unless it can be nothing else. */
function knownType([root = '', ...rest]: readonly string[], known: Known): ValueType {
  if (known.names.has(root)) return typeOfPlaced(root, rest);
  if (root === 'workflow') return typeInWorkflow(rest, known);
  if (root === 'tasks') return rest[0] === undefined ? 'map' : typeInTask(rest[0], rest.slice(1), known);
  if (root === 'secrets') return rest.length === 0 ? 'map' : 'any';

  return typeInTask(root, rest, known);
}

function typeOfPlaced(root: string, rest: readonly string[]): ValueType {
  if (root === 'index' && rest.length === 0) return 'number';
  if (root !== 'loop') return 'any';

  return rest[0] === 'iteration' && rest.length === 1 ? 'number' : 'any';
}

function typeInWorkflow([member, name, ...deeper]: readonly string[], known: Known): ValueType {
  if (deeper.length > 0) return 'any';
  if (name === undefined) return member === 'id' || member === 'run_id' ? 'text' : 'any';
  if (member === 'variables') return typeOfVariable(name, known);
  const input = Object.hasOwn(known.definition.input, name) ? known.definition.input[name] : undefined;

  return member === 'input' && input !== undefined ? typeOfRules(input) : 'any';
}

/** A variable is whatever it is first, or was set to since. */
function typeOfVariable(name: string, { definition, graph, ...known }: Known): ValueType {
  const set = [...graph.sites.values()].flatMap(({ task }) =>
    task.type === 'SET_VARIABLE' ? [{ variables: task.variables, id: task.id }] : [],
  );
  const types = [{ variables: definition.variables, id: undefined }, ...set].flatMap(({ variables, id }) =>
    Object.hasOwn(variables, name)
      ? [typeOfTemplate(variables[name] ?? null, { definition, graph, ...known }, id)]
      : [],
  );

  return commonType(types);
}

function typeInTask(id: string, [member, ...path]: readonly string[], known: Known): ValueType {
  const task = known.graph.sites.get(id)?.task;
  if (task === undefined) return 'any';
  if (member === 'status' && path.length === 0) return 'text';

  return member === 'output' ? typeInOutput(task, path, known) : 'any';
}

function typeInOutput(task: Task, path: readonly string[], known: Known): ValueType {
  const schema = outputSchema(task);
  const rules = schema === undefined ? undefined : rulesAt(schema, path);
  if (rules !== undefined) return rules === 'none' ? 'any' : typeOfRules(rules);
  const [name, ...deeper] = path;
  if (name === undefined || deeper.length > 0) return 'any';
  const made = madeOf(task);
  if (Object.hasOwn(made, name)) return typeOfTemplate(made[name] ?? null, known, task.id);

  const told = known.outputs?.get(task.id)?.get(name);

  return told ?? knownOutputs(task, (id) => known.graph.sites.get(id)?.task)?.get(name) ?? 'any';
}

/** The templates that make the members of an output. */
function madeOf(task: Task): Readonly<Record<string, Json>> {
  if (task.output?.kind === 'map') return task.output.map;

  return task.type === 'SET_VARIABLE' && task.output === undefined ? task.variables : {};
}

/** So many templates are followed, one to the next, to where a value comes from. */
const depthMax = 4;

/** The type of what a template gives: of its value, or of the one expression that it is. */
function typeOfTemplate(value: Json, known: Known, task?: string): ValueType {
  const { parts, whole } = typeof value === 'string' ? templateParts(value) : { parts: [], whole: false };
  const [part] = parts;
  if (part === undefined) return typeOfConstant(value);
  if (!whole) return 'text';
  const followed = known.followed ?? 0;
  if (followed >= depthMax) return 'any';
  const site = task === undefined ? undefined : known.graph.sites.get(task);
  const names = site === undefined ? none : namesInScope(site, 'output', known.graph);
  const there = { ...known, names, followed: followed + 1 };

  return checkTypes(part.source, (read) => (names.has(read[0] ?? '') ? 'any' : knownType(read, there))).type;
}

const none: ReadonlySet<string> = new Set();

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
