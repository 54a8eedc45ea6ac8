import { closingBrace } from '../../expressions/scan.ts';
import { conditionKeys } from '../references/expression-sites.ts';
import { placeAt, readSource, type SourceText, type Span } from './source-text.ts';
import type { YamlNode } from './yaml-node.ts';
import { readYaml } from './yaml-reader.ts';

/** A place where the text names a task: its own id, or where something refers to it. Characters from 0. */
export type TaskName = Span & {
  readonly id: string;
  readonly isDeclared: boolean;
  /** In an expression, as a name and not as a text. */
  readonly isBare?: true;
};

/** The keys whose value names tasks: one, or a list of them. */
const taskKeys: ReadonlySet<string> = new Set([
  ...['depends_on', 'join_on', 'parallel_with', 'fallback', 'compensate', 'default', 'default_case'],
  ...['next', 'next_tasks', 'on_change', 'task', 'exclude'],
]);

/** Every place where a definition names one of its tasks, in keys and in expressions, in the order of the text. */
export function taskNamesInText(text: string): readonly TaskName[] {
  const root = readDefinition(text)?.root;
  if (root === undefined) return [];
  const declared = [...tasksIn(root)].flatMap(({ id }) =>
    typeof id.value === 'string' ? [{ id: id.value, ...written(id, id.value) }] : [],
  );
  const ids = new Set(declared.map(({ id }) => id));
  const used = [...scalarsIn(root, [])].flatMap((scalar) => usesIn(text, scalar, ids));

  return [...declared.map((each) => ({ ...each, isDeclared: true })), ...used].sort(
    (one, other) => one.start - other.start,
  );
}

/** Where each task of a definition begins in its text, from 1, by its id; the first where an id stands twice. */
export function taskLinesInText(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const read = readDefinition(text);
  if (read === undefined) return lines;
  for (const { id, start } of tasksIn(read.root)) {
    const name = String(id.value);
    if (!lines.has(name)) lines.set(name, placeAt(read.source, start).line);
  }

  return lines;
}

/** Undefined where the text is no YAML. */
function readDefinition(text: string): { readonly source: SourceText; readonly root: YamlNode } | undefined {
  const read = readSource({ file: '', content: text });
  if (!read.ok) return undefined;
  const yaml = readYaml(read.source);

  return yaml.ok ? { source: read.source, root: yaml.root } : undefined;
}

/** However deep it stands, a task is a mapping with an id in a list. Triggers are such mappings, too. */
function* tasksIn(node: YamlNode): Generator<{ readonly id: ScalarNode; readonly start: number }> {
  if (node.kind === 'list') {
    for (const item of node.items) {
      const id = item.kind === 'map' ? item.entries.get('id')?.value : undefined;
      if (id?.kind === 'scalar') yield { id, start: item.start };
      yield* tasksIn(item);
    }
  }
  if (node.kind !== 'map') return;
  for (const [key, { value }] of node.entries) if (key !== 'triggers') yield* tasksIn(value);
}

type ScalarNode = Extract<YamlNode, { kind: 'scalar' }>;

type Scalar = { readonly node: ScalarNode; readonly keys: readonly string[] };

function* scalarsIn(node: YamlNode, keys: readonly string[]): Generator<Scalar> {
  if (node.kind === 'scalar') yield { node, keys };
  if (node.kind === 'list') for (const item of node.items) yield* scalarsIn(item, keys);
  if (node.kind === 'map')
    for (const [key, { value }] of node.entries) yield* scalarsIn(value, [...keys, key]);
}

/** Quotes are no part of a name. */
function written(node: Span & { readonly verbatimStart?: number }, value: string): Span {
  const start = node.verbatimStart ?? node.start;

  return { start, end: start + value.length };
}

function usesIn(text: string, { node, keys }: Scalar, ids: ReadonlySet<string>): readonly TaskName[] {
  const { value } = node;
  const key = keys.at(-1) ?? '';
  if (typeof value !== 'string') return [];
  if (taskKeys.has(key) && ids.has(value)) return [{ id: value, ...written(node, value), isDeclared: false }];
  const raw = text.slice(node.start, node.end);
  const parts =
    conditionKeys.includes(key) && !raw.includes('${') ? [{ start: 0, end: raw.length }] : templatesIn(raw);

  return parts.flatMap(({ start, end }) =>
    namesIn(raw.slice(start, end), ids).map((name) => ({
      ...name,
      start: node.start + start + name.start,
      end: node.start + start + name.end,
      isDeclared: false,
    })),
  );
}

/** What stands between `${` and its `}`. */
function templatesIn(raw: string): readonly Span[] {
  const spans: Span[] = [];
  for (let at = raw.indexOf('${'); at !== -1; at = raw.indexOf('${', at + 2)) {
    const end = closingBrace(raw, at + 2);
    if (end === -1 || raw[at - 1] === '$') continue;
    spans.push({ start: at + 2, end });
  }

  return spans;
}

/** `tasks["an-id"]`; texts, which name nothing; and names that do not follow a dot, but for those of `tasks.`. */
const token =
  /tasks\[\\?["']([\w-]+)\\?["']\]|\\?"(?:[^"\\]|\\.)*\\?"|'[^']*'|(?:(?<![\w.])(?<!\.\?)|(?<=(?<![\w.])tasks\.))([A-Za-z_]\w*)/g;

function namesIn(expression: string, ids: ReadonlySet<string>): readonly Omit<TaskName, 'isDeclared'>[] {
  return [...expression.matchAll(token)].flatMap((match) => {
    const id = match[1] ?? match[2];
    if (id === undefined || !ids.has(id)) return [];
    const start = match.index + match[0].indexOf(id, match[1] === undefined ? 0 : 'tasks['.length);
    const place = { id, start, end: start + id.length };
    return [match[1] === undefined ? { ...place, isBare: true as const } : place];
  });
}
