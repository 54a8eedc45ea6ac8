import type { Json } from '../../../events/canonical-json.ts';
import type { TaskPlace } from '../../chart/plan.ts';
import type { Definition } from '../../definition.ts';
import type { Node } from '../../expressions/tree.ts';
import type { Spot } from './value-site.ts';

/** Where the value of an expression comes from: it was written down, or somebody outside gives it. */
export type Leaf =
  | { readonly kind: 'constant'; readonly value: Json }
  | {
      readonly kind: 'free';
      readonly spot: Spot;
      /** Whether the value is how many items or characters there are. */
      readonly isSize: boolean;
      /** What has to be given so that the expression gives the value; undefined where that is not known. */
      readonly back: (value: Json) => Json | undefined;
    };
export type FreeLeaf = Extract<Leaf, { kind: 'free' }>;

/** A source of values: `input`, or by its task the result, the data of a signal, what comes with an approval. */
export type SourceKind = 'input' | 'result' | 'signal' | 'answer';

/** One look at an expression: whose it is, what its names mean, and whether the way of a run depends on it. */
export type Reading = {
  readonly world: World;
  /** The task that the expression belongs to; empty for the run. */
  readonly place: string;
  readonly isVaried: boolean;
  /** The variables of loops within the expression, each an item of a list. */
  readonly locals: ReadonlyMap<string, { readonly over: Node; readonly reading: Reading }>;
};

/** What all readings of one definition share. */
export type World = {
  readonly definition: Definition;
  readonly plan: ReadonlyMap<string, TaskPlace>;
  readonly source: (kind: SourceKind, task?: string) => Spot;
  readonly parse: (source: string) => Node;
  /** What was read before, by task, path and purpose. */
  readonly known: Map<string, readonly Leaf[]>;
  /** What was judged before, and how: an expression asks for the same again and again. */
  readonly judged: Map<Node, Set<string>>;
  readonly read: Read<Node>;
  readonly readTemplate: Read<Json>;
  readonly readOutput: Read<string>;
  readonly judge: (node: Node, wanted: boolean | undefined, reading: Reading) => void;
};

/** Follows the value at a path below something to where it comes from. */
export type Read<Of> = (of: Of, path: readonly string[], reading: Reading) => readonly Leaf[];

/** What is made of itself, such as a list that a loop walks down, is followed so deep. */
export const pathMax = 16;

export function constant(value: Json): Leaf {
  return { kind: 'constant', value };
}

export function isFree(leaf: Leaf): leaf is FreeLeaf {
  return leaf.kind === 'free';
}

/** The same places, given back in another way; values that were written down are given as they would come out. */
export function mapped(leaves: readonly Leaf[], back: FreeLeaf['back']): readonly Leaf[] {
  return leaves.flatMap((leaf) =>
    leaf.kind === 'constant' ? [] : [{ ...leaf, back: (value: Json) => andThen(back(value), leaf.back) }],
  );
}

function andThen(value: Json | undefined, back: FreeLeaf['back']): Json | undefined {
  return value === undefined ? undefined : back(value);
}
