import type { Json } from '../../../events/canonical-json.ts';
import { anyItem, type Spot, type ValueShape } from './value-site.ts';

/** What kind of value belongs at a place, as far as its rules, the values there and the expressions tell. */
export function shapeOf(spot: Spot): ValueShape {
  const declared = declaredShape(spot);
  if (declared !== undefined) return declared;
  if ([...spot.parts.keys()].some((name) => name !== anyItem)) return 'map';
  if (spot.parts.has(anyItem) || spot.marks.has('walked')) return 'list';
  const rivals = spot.rivals.flatMap(({ other, otherIsSize, isSize }) =>
    isSize ? [] : otherIsSize ? (['number'] as const) : (evidence(other) ?? []),
  );
  const ordered = spot.marks.has('ordered') ? 'number' : undefined;

  return evidence(spot) ?? rivals[0] ?? ofExamples(spot) ?? ordered ?? 'text';
}

/** What an example is tells only where no expression does: one that is of another kind is tried as an odd value. */
function ofExamples({ examples }: Spot): ValueShape | undefined {
  const [shape] = examples.flatMap((value) => (value === null ? [] : [shapeOfValue(value)]));

  return shape;
}

/** Whether a value is of the kind that belongs there. */
export function isOfShape(value: Json, shape: ValueShape): boolean {
  return value !== null && (shape === 'time' ? typeof value === 'string' : shapeOfValue(value) === shape);
}

const declaredShapes = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  array: 'list',
  object: 'map',
} as const;

function declaredShape({ rules }: Spot): ValueShape | undefined {
  if (rules?.type !== undefined) return declaredShapes[rules.type];
  const known = rules?.default ?? rules?.enum?.[0];

  return known === undefined || known === null ? undefined : shapeOfValue(known);
}

const shapes: readonly ValueShape[] = ['time', 'text', 'number', 'boolean', 'map', 'list'];

function evidence(spot: Spot): ValueShape | undefined {
  const declared = declaredShape(spot);
  if (declared !== undefined) return declared;
  const value = spot.values.find((each) => each !== null);
  const used = shapes.find((shape) => spot.shapes.has(shape));

  return spot.shapes.has('time') || value === undefined ? used : shapeOfValue(value);
}

function shapeOfValue(value: Json): ValueShape {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';

  return typeof value === 'object' ? 'map' : (typeof value as 'number' | 'boolean');
}
