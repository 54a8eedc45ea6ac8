import type { Json } from '../../../events/canonical-json.ts';
import type { InputProperty } from '../../definition.ts';
import type { Operator } from '../../expressions/tree.ts';

/** What kind of value expressions expect at a place. */
export type ValueShape = 'number' | 'text' | 'boolean' | 'list' | 'map' | 'time';

/** Stands in a path for any item of a list. */
export const anyItem = '[]';

/** What is said of a place besides its values. `varied`: the way of a run depends on it. */
export type Mark = 'varied' | 'walked' | 'ordered' | 'mayLack' | 'prefersOther';

/** A value of another place that the value of this one is compared with. Only one of the two is varied for it. */
export type Rival = {
  readonly other: Spot;
  readonly otherIsSize: boolean;
  readonly operator: Operator;
  readonly wanted: boolean | undefined;
  readonly back: (value: Json) => Json | undefined;
  readonly isSize: boolean;
  readonly isVaried: boolean;
};

/** One place in a value that comes from outside, and what the definition does with it. It grows while that is read. */
export type Spot = {
  readonly name: string;
  /** Its path from the source that it is a part of: `input.order.id`. */
  readonly path: string;
  /** The source: the higher, the rather it is varied when two places are compared. */
  readonly rank: number;
  readonly order: number;
  readonly rules: Partial<InputProperty> | undefined;
  /** Its members by name, or its items, under `[]`. */
  readonly parts: Map<string, Spot>;
  readonly shapes: Set<ValueShape>;
  readonly marks: Set<Mark>;
  /** What it is compared with, and values beside that. */
  readonly values: Json[];
  /** What the examples of the definition have there. */
  readonly examples: Json[];
  readonly lengths: Set<number>;
  /** With which most goes well: the first counts. */
  readonly preferred: Json[];
  readonly preferredLengths: number[];
  readonly rivals: Rival[];
  /** Its values in the solutions of conditions over several places, by the number of the solution. */
  readonly solved: Map<number, Json>;
  readonly nextOrder: () => number;
};

/** The root of a source. */
export function newSource(name: string, options: Pick<Spot, 'rank' | 'nextOrder' | 'rules'>): Spot {
  return newSpot({ name, path: name, ...options });
}

/** The place at a path below another one; made when nothing has asked for it before. */
export function spotAt(spot: Spot, path: readonly string[], rules?: Partial<InputProperty>): Spot {
  const [name, ...rest] = path;
  if (name === undefined) return spot;
  const known = spot.parts.get(name);
  const items = spot.rules?.items;
  const own =
    rules ??
    (name === anyItem && items !== undefined
      ? (items as Partial<InputProperty>)
      : spot.rules?.members?.[name]);
  const { rank, nextOrder } = spot;
  const part =
    known ??
    newSpot({
      name: name === anyItem ? spot.name : name,
      path: name === anyItem ? `${spot.path}[]` : `${spot.path}.${name}`,
      rank,
      nextOrder,
      rules: own,
    });
  if (known === undefined) spot.parts.set(name, part);

  return spotAt(part, rest);
}

function newSpot(of: Pick<Spot, 'name' | 'path' | 'rank' | 'nextOrder' | 'rules'>): Spot {
  return {
    ...of,
    order: of.nextOrder(),
    parts: new Map(),
    shapes: new Set(),
    marks: new Set(),
    values: [],
    examples: [],
    lengths: new Set(),
    preferred: [],
    preferredLengths: [],
    rivals: [],
    solved: new Map(),
  };
}
