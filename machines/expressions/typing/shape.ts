import { commonType, type ValueType } from './typing.ts';

/** What is known of a value before there is one: its type, and of a list or a map also what it holds. */
export type TypeShape = {
  readonly type: ValueType;
  /** What every item of a list is like. */
  readonly items?: TypeShape;
  /** Those members that are known; there may be others. */
  readonly members?: Readonly<Record<string, TypeShape>>;
  /** Those of its members that are always there. */
  readonly sure?: readonly string[];
};

/** What is known of the names that an expression reads, as `KnownTypes`. */
export type KnownShapes = (path: readonly string[]) => TypeShape;

export const anyShape: TypeShape = { type: 'any' };

/** What stands at a path below a value. */
export function shapeAt(shape: TypeShape, [name, ...rest]: readonly string[]): TypeShape {
  if (name === undefined) return shape;
  const { members = {} } = shape;
  const member = Object.hasOwn(members, name) ? members[name] : undefined;

  return member === undefined ? anyShape : shapeAt(member, rest);
}

/** What all of the given ones have in common. */
export function sharedShape(shapes: readonly TypeShape[]): TypeShape {
  const type = commonType(shapes.map((shape) => shape.type));
  const [first = anyShape, ...rest] = shapes;
  if (rest.length === 0) return first;
  if (type === 'list') return { type, items: sharedShape(shapes.map(({ items }) => items ?? anyShape)) };
  if (type !== 'map') return { type };
  const names = Object.keys(first.members ?? {});

  return {
    type,
    members: Object.fromEntries(
      names.map((name) => [name, sharedShape(shapes.map((shape) => shapeAt(shape, [name])))]),
    ),
  };
}
