import type { Json } from '../../../events/canonical-json.ts';
import type { Span } from './source-text.ts';

/** A way through a document: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

export type ScalarNode = Span & {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  /** Where the characters of `value` begin, when they stand in the file one by one, as written. */
  readonly verbatimStart?: number;
};
export type ListNode = Span & { readonly kind: 'list'; readonly items: readonly YamlNode[] };
export type MapEntry = { readonly key: Span; readonly value: YamlNode };
export type MapNode = Span & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, MapEntry> };
/** A value of a document with its place. An alias shares the node of its anchor. */
export type YamlNode = ScalarNode | ListNode | MapNode;

/** The plain value of a node. */
export function toJson(node: YamlNode): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toJson);

  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toJson(entry.value)]));
}

/** The node at the path, or the deepest one on the way to it. */
export function nodeAt(root: YamlNode, path: Path): YamlNode {
  let node = root;
  for (const part of path) {
    const next = child(node, part);
    if (next === undefined) return node;
    node = next;
  }

  return node;
}

/** Where the key that the path ends in is written; the value's place for an index of a list. */
export function keySpan(root: YamlNode, path: Path): Span {
  const parent = nodeAt(root, path.slice(0, -1));
  const last = path.at(-1);
  const entry = parent.kind === 'map' && typeof last === 'string' ? parent.entries.get(last) : undefined;

  return entry?.key ?? nodeAt(root, path);
}

function child(node: YamlNode, part: string | number): YamlNode | undefined {
  if (node.kind === 'list') return typeof part === 'number' ? node.items[part] : undefined;
  if (node.kind === 'map') return node.entries.get(String(part))?.value;

  return undefined;
}
