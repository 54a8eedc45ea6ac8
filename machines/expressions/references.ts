import type { Reference } from './outcome.ts';
import { childNodesOf, type Node, variablesOf } from './tree.ts';

type Names = ReadonlySet<string>;
type Found = {
  readonly paths: Map<string, readonly string[]>;
  /** Members that may be absent (`.?`, `has()`) belong to the path, too. */
  readonly withAsked: boolean;
};
type Chain = { readonly path: readonly string[]; readonly open: boolean };

/** Every free name of an expression with the members it goes through, each once. */
export function referencesOf(tree: Node, expression: string): readonly Reference[] {
  return pathsIn(tree, false).map((path) => ({ path, expression }));
}

/** The same paths, with the members that are read with `.?` or asked for by `has()`. */
export function askedPathsOf(tree: Node): readonly (readonly string[])[] {
  return pathsIn(tree, true);
}

function pathsIn(tree: Node, withAsked: boolean): readonly (readonly string[])[] {
  const found: Found = { paths: new Map(), withAsked };
  visit(tree, new Set(), found);

  return [...found.paths.values()];
}

function visit(node: Node, bound: Names, found: Found): void {
  switch (node.kind) {
    case 'name':
    case 'member':
      add(chain(node, bound, found), found);
      return;
    case 'has':
      // Asking for a member is not reading it: a caller that checks references must not expect it to exist.
      visit(node.of.key, bound, found);
      add(chain(found.withAsked ? node.of : node.of.of, bound, found), found);
      return;
    case 'loop': {
      visit(node.over, bound, found);
      if (node.carried !== undefined) visit(node.carried.first, bound, found);
      const inner = new Set([...bound, ...variablesOf(node)]);
      if (node.where !== undefined) visit(node.where, inner, found);
      visit(node.body, inner, found);
      return;
    }
    default:
      for (const child of childNodesOf(node)) visit(child, bound, found);
  }
}

function chain(node: Node, bound: Names, found: Found): Chain | undefined {
  if (node.kind === 'name') return bound.has(node.name) ? undefined : { path: [node.name], open: true };
  if (node.kind !== 'member') {
    visit(node, bound, found);
    return undefined;
  }

  const before = chain(node.of, bound, found);
  const key = node.key.kind === 'literal' ? node.key.value : undefined;
  visit(node.key, bound, found);
  if (before === undefined || !before.open) return before;
  if (typeof key === 'string' && (!node.optional || found.withAsked))
    return { path: [...before.path, key], open: true };

  return { ...before, open: false };
}

function add(chained: Chain | undefined, found: Found): void {
  if (chained !== undefined) found.paths.set(JSON.stringify(chained.path), chained.path);
}
