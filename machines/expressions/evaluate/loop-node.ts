import type { Loop, LoopKind, Node } from '../tree.ts';

/** The loops of the language by what they are called. */
export const loopKinds: ReadonlyMap<string, LoopKind> = new Map([
  ['all', 'all'],
  ['exists', 'exists'],
  ['exists_one', 'exists_one'],
  ['filter', 'filter'],
  ['map', 'map'],
]);

/** `list.map(x, ...)` and its like as a loop; undefined when the call is none. The parser has checked the variable. */
export function loopNode(name: string, over: Node, args: readonly Node[]): Loop | undefined {
  const loop = loopKinds.get(name);
  const [variable, second, third] = args;
  if (loop === undefined || variable?.kind !== 'name' || second === undefined || args.length > 3)
    return undefined;
  if (third === undefined) {
    return { kind: 'loop', loop, over, variable: variable.name, where: undefined, body: second };
  }

  return loop === 'map'
    ? { kind: 'loop', loop, over, variable: variable.name, where: second, body: third }
    : undefined;
}
