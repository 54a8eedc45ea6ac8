import type { Json } from '../../events/canonical-json.ts';

export type Operator = '==' | '!=' | 'in' | '+' | '-' | '*' | '/' | '%' | '<' | '<=' | '>' | '>=';
export type LoopKind = 'all' | 'exists' | 'exists_one' | 'filter' | 'map' | 'sort_by' | 'group_by' | 'reduce';

/** One node of an expression: the part of CEL we evaluate, with its place in the text. */
export type Node = NodePlace & NodeShape;
export type NodePlace = { readonly start: number; readonly end: number };

/** `of.key`, `of[key]`, and with `optional` also `of.?key`, `of[?key]`. */
export type Member = {
  readonly kind: 'member';
  readonly of: Node;
  readonly key: Node;
  readonly optional: boolean;
};
export type Call = { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] };
export type Method = {
  readonly kind: 'method';
  readonly name: string;
  readonly on: Node;
  readonly args: readonly Node[];
};
export type Loop = {
  readonly kind: 'loop';
  readonly over: Node;
  readonly variable: string;
  /** The filter of `map` with three arguments. */
  readonly where: Node | undefined;
  readonly body: Node;
} & (
  | { readonly loop: Exclude<LoopKind, 'reduce'>; readonly carried?: undefined }
  /** `carried` goes from turn to turn: its name, and what it is at first. */
  | { readonly loop: 'reduce'; readonly carried: { readonly variable: string; readonly first: Node } }
);

export type NodeShape =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'name'; readonly name: string }
  | Member
  | { readonly kind: 'has'; readonly of: Node & Member }
  | Call
  | Method
  | Loop
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'choice'; readonly when: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'not' | 'negate'; readonly of: Node }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Node; readonly right: Node };

/** The nodes right below a node, in the order they are written. */
export function childNodesOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'literal':
    case 'name':
      return [];
    case 'member':
      return [node.of, node.key];
    case 'has':
    case 'not':
    case 'negate':
      return [node.of];
    case 'call':
      return node.args;
    case 'method':
      return [node.on, ...node.args];
    case 'loop':
      return [node.over, node.carried?.first, node.where, node.body].filter((child) => child !== undefined);
    case 'list':
      return node.items;
    case 'map':
      return node.entries.flat();
    case 'choice':
      return [node.when, node.yes, node.no];
    case 'and':
    case 'or':
    case 'binary':
      return [node.left, node.right];
  }
}

/** The names that a loop gives in its turns. */
export function variablesOf({ variable, carried }: Loop): readonly string[] {
  return carried === undefined ? [variable] : [carried.variable, variable];
}

/** How many nodes a tree has, itself included. */
export function countNodes(node: Node): number {
  return childNodesOf(node).reduce((count, child) => count + countNodes(child), 1);
}
