import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import { ExpressionRefused } from '../../expressions/outcome.ts';
import { parseExpression } from '../../expressions/parse.ts';
import { childNodesOf, type Node } from '../../expressions/tree.ts';
import type { Task } from '../../task.ts';
import { checkValue } from '../input-value.ts';
import type { Outline } from '../outline.ts';
import { taskExpressions } from '../references/expression-sites.ts';
import { templateParts } from '../references/type-rules.ts';
import type { ExpressionText } from '../text/read-text.ts';
import type { Choose } from './choices.ts';
import { json, unknownValue, type Value } from './evaluate-possible.ts';

/** One expression of a text, and where in the text it begins. */
export type ExpressionPart = { readonly node: Node; readonly source: string; readonly offset: number };

/** Reads the expressions of a text, each text once. A text that is no expression has none. */
export type ReadParts = (text: Pick<ExpressionText, 'kind' | 'text'>) => {
  readonly parts: readonly ExpressionPart[];
  /** The text is exactly one expression. */
  readonly whole: boolean;
};

export function createPartsReader(): ReadParts {
  const known = new Map<string, ReturnType<ReadParts>>();

  return ({ kind, text }) => {
    const key = `${kind} ${text}`;
    const read = known.get(key) ?? readParts(kind, text);
    known.set(key, read);

    return read;
  };
}

function readParts(kind: ExpressionText['kind'], text: string): ReturnType<ReadParts> {
  const { parts, whole } =
    kind === 'condition' ? { parts: [{ source: text, offset: 0 }], whole: true } : templateParts(text);
  const parsed = parts.flatMap(({ source, offset }) => {
    const node = parsedOrNone(source);
    return node === undefined ? [] : [{ node, source, offset }];
  });

  return { parts: parsed, whole };
}

function parsedOrNone(source: string): Node | undefined {
  try {
    return parseExpression(source);
  } catch (error) {
    if (error instanceof ExpressionRefused) return undefined;
    throw error;
  }
}

/** The values that the expressions of a definition compare with what stands at a path, by that path. */
export type Compared = ReadonlyMap<string, readonly Json[]>;

export function comparedValues({ sites }: Pick<Outline, 'sites'>, read: ReadParts): Compared {
  const found = new Map<string, Json[]>();
  const add = (path: string | undefined, values: readonly Json[]) => {
    if (path !== undefined && values.length > 0) found.set(path, [...(found.get(path) ?? []), ...values]);
  };
  for (const site of sites) {
    for (const text of taskExpressions(site)) for (const { node } of read(text).parts) collect(node, add);
    for (const [path, value] of casesOf(site.task, read)) add(path, [value]);
  }

  return found;
}

type Add = (path: string | undefined, values: readonly Json[]) => void;

function collect(node: Node, add: Add): void {
  if (node.kind === 'binary') {
    add(pathText(node.left), constantsOf(node.right));
    add(pathText(node.right), constantsOf(node.left));
  }
  for (const child of childNodesOf(node)) collect(child, add);
}

function constantsOf(node: Node): readonly Json[] {
  if (node.kind === 'literal') return [node.value];
  if (node.kind === 'negate' && node.of.kind === 'literal') return [-Number(node.of.value)];

  return node.kind === 'list' ? node.items.flatMap(constantsOf) : [];
}

/** The keys of the cases are text: `true` stands for the value, too. */
function casesOf(task: Task, read: ReadParts): readonly (readonly [string | undefined, Json])[] {
  if (task.type !== 'DECISION') return [];
  const [part] = read({ kind: 'condition', text: task.param }).parts;
  const path = part === undefined ? undefined : pathText(part.node);

  return task.cases.flatMap(({ value }): readonly (readonly [string | undefined, Json])[] => {
    const isOther = value === 'true' || value === 'false' || /^-?\d{1,15}(\.\d{1,9})?$/.test(value);
    return [[path, value], ...(isOther ? [[path, JSON.parse(value) as Json] as const] : [])];
  });
}

/** The path that a chain of written members names, a task always by its id alone. */
function pathText(node: Node): string | undefined {
  const path = chainOf(node);

  return path === undefined ? undefined : (path[0] === 'tasks' ? path.slice(1) : path).join('.');
}

function chainOf(node: Node): readonly string[] | undefined {
  if (node.kind === 'name') return [node.name];
  if (node.kind !== 'member' || node.key.kind !== 'literal') return undefined;
  const before = chainOf(node.of);

  return before === undefined ? undefined : [...before, String(node.key.value)];
}

const valuesMax = 16;

/** What is chosen of a play, and which values are worth choosing. */
type Picking = {
  readonly choose: Choose;
  readonly picked: Map<string, string>;
  readonly stage: { readonly compared: Compared };
};

/** Null for want of a value. */
export const nothing: Value = { kind: 'json', value: null, lacks: true };

/** A value at a path: one of those that it is compared with, or one beside them; open where there are none. */
export function picked(play: Picking, path: string, property?: InputProperty): Value {
  const compared = play.stage.compared.get(path) ?? [];
  const isLeftOut = property !== undefined && !property.required && property.default === null;
  const values = [...new Set(valuesBeside(compared, property).map((each) => JSON.stringify(each)))];
  const fitting = values
    .map((text) => JSON.parse(text) as Json)
    .filter((value) => property === undefined || checkValue(value, property).length === 0);
  const isOpen = fitting.length > valuesMax || fitting.every((value) => value === null);
  const asNull = isLeftOut ? [nothing] : fitting.includes(null) ? [json(null)] : [];
  const known = isOpen ? [unknownValue(path)] : fitting.filter((value) => value !== null).map(json);
  const [only = unknownValue(path), ...others] = [...asNull, ...known];
  if (others.length === 0) return only;
  const value = play.choose(`value of ${path}`, [only, ...others]);
  if (value.kind === 'json') play.picked.set(path, JSON.stringify(value.value));

  return value;
}

function valuesBeside(compared: readonly Json[], property: InputProperty | undefined): readonly Json[] {
  if (property?.enum !== undefined) return property.enum;
  if (property?.type === 'boolean') return [true, false];
  if (compared.length === 0) return [];
  const preset = property?.default === undefined ? [] : [property.default];

  return [...compared.flatMap(beside), ...preset];
}

function beside(value: Json): readonly Json[] {
  switch (typeof value) {
    case 'number':
      return [value, value + 1, value - 1];
    case 'string':
      return [value, '~'];
    case 'boolean':
      return [true, false];
    default:
      return [value];
  }
}
