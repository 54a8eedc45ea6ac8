import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Json } from '../../../events/canonical-json.ts';
import type { Span } from './source-text.ts';

/** Keys that reach the prototype of a JavaScript object. No definition has a use for them. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

const lengthMax = 256;

export type Refuse = (refusal: {
  readonly code: string;
  readonly message: string;
  readonly span: Span;
}) => void;

/** Nesting of a document, aliases included. */
export const documentDepthMax = 64;

const aliasesMax = 100;

const expansionMax = 10_000;

/** What the builder of a tree keeps about anchors and their aliases, which a few lines could make explode. */
export type Aliases = {
  /** `undefined` while the anchored node is being read: an alias to it would be a cycle. */
  readonly anchors: Map<string, YamlNode | undefined>;
  readonly sizes: Map<YamlNode, number>;
  /** Levels below a node, so that aliases cannot nest deeper than the parser allows. */
  readonly heights: Map<YamlNode, number>;
  aliases: number;
  expanded: number;
};

export function noAliases(): Aliases {
  return { anchors: new Map(), sizes: new Map(), heights: new Map(), aliases: 0, expanded: 0 };
}

/** The node of an anchor; undefined when the alias is refused. */
export function resolveAlias(
  table: Aliases,
  options: { readonly name: string; readonly span: Span; readonly depth: number; readonly refuse: Refuse },
): YamlNode | undefined {
  const { name, span, refuse } = options;
  table.aliases += 1;
  if (table.aliases > aliasesMax || table.expanded > expansionMax) {
    // Reported once: the rest of a bomb would only repeat it.
    if (table.aliases === aliasesMax + 1) {
      refuse({ code: 'yaml.alias-limit', message: `more than ${aliasesMax} aliases`, span });
    }
    return undefined;
  }
  if (!table.anchors.has(name)) {
    refuse({ code: 'yaml.unknown-alias', message: `no anchor &${name} comes before this alias`, span });
    return undefined;
  }
  const node = table.anchors.get(name);
  if (node === undefined) {
    refuse({ code: 'yaml.cyclic-alias', message: `*${name} holds itself`, span });
    return undefined;
  }

  return expand(table, node, options) ? node : undefined;
}

/** Notes how much an alias to the node would bring along. */
export function measure(table: Aliases, node: YamlNode, size: number): void {
  table.sizes.set(node, size);
  table.heights.set(node, heightOf(table, node));
}

function expand(
  table: Aliases,
  node: YamlNode,
  { span, depth, refuse }: { readonly span: Span; readonly depth: number; readonly refuse: Refuse },
): boolean {
  table.expanded += table.sizes.get(node) ?? 1;
  if (table.expanded > expansionMax) {
    const message = `the aliases expand to more than ${expansionMax} values`;
    refuse({ code: 'yaml.alias-limit', message, span });
    return false;
  }
  if (depth + (table.heights.get(node) ?? 0) > documentDepthMax) {
    refuse({ code: 'yaml.too-deep', message: `nested deeper than ${documentDepthMax} levels`, span });
    return false;
  }

  return true;
}

function heightOf({ heights }: Aliases, node: YamlNode): number {
  if (node.kind === 'scalar') return 0;
  const below = node.kind === 'list' ? node.items : [...node.entries.values()].map((entry) => entry.value);

  return below.reduce((height, each) => Math.max(height, (heights.get(each) ?? 0) + 1), 0);
}

/** A way through a document: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

export type ScalarNode = Span & {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  /** Where the characters of `value` begin, when they stand in the file one by one, as written. */
  readonly verbatimStart?: number;
};

type ListNode = Span & { readonly kind: 'list'; readonly items: readonly YamlNode[] };

export type MapEntry = { readonly key: Span; readonly value: YamlNode };

type MapNode = Span & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, MapEntry> };

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

/** The text of a key as it is written, so that `200:` and `true:` are keys too. None for a list or a mapping. */
export function keyText(yaml: string, node: YamlNode, event: Event | undefined): string | undefined {
  if (event?.type === EVENT_ID.SCALAR) return getScalarValue(yaml, event);
  if (event?.type === EVENT_ID.ALIAS && node.kind === 'scalar') return String(node.value);

  return undefined;
}

/** Why a key is refused, if it is. */
export function checkKey(
  text: string | undefined,
  event: Event | undefined,
): { readonly code: string; readonly message: string } | undefined {
  if (text === undefined)
    return {
      code: 'yaml.complex-key',
      message: 'a key must be text, not a list or a mapping; an expression is written "${...}", in quotes',
    };
  const plain = event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN;
  if (plain && text === '') return { code: 'yaml.empty-key', message: 'a key is missing before the colon' };
  if (plain && text === '<<') {
    return { code: 'yaml.merge-key', message: 'merge keys (<<) are not supported; write the keys out' };
  }
  if (text.length > lengthMax)
    return { code: 'yaml.long-key', message: `a key of more than ${lengthMax} characters` };
  if (forbidden.has(text))
    return { code: 'yaml.forbidden-key', message: `"${text}" is not allowed as a key` };

  return undefined;
}
