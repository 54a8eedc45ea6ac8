import type { Span } from './source-text.ts';
import type { YamlNode } from './yaml-node.ts';

export type Refuse = (refusal: {
  readonly code: string;
  readonly message: string;
  readonly span: Span;
}) => void;

/** Nesting of a document, aliases included. */
export const depthMax = 64;
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
  if (depth + (table.heights.get(node) ?? 0) > depthMax) {
    refuse({ code: 'yaml.too-deep', message: `nested deeper than ${depthMax} levels`, span });
    return false;
  }

  return true;
}

function heightOf({ heights }: Aliases, node: YamlNode): number {
  if (node.kind === 'scalar') return 0;
  const below = node.kind === 'list' ? node.items : [...node.entries.values()].map((entry) => entry.value);

  return below.reduce((height, each) => Math.max(height, (heights.get(each) ?? 0) + 1), 0);
}
