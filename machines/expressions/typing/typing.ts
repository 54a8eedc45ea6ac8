import type { Node } from '../tree.ts';
import type { ValueType } from './value-type.ts';

/** Something in an expression that can only fail, or can only have one answer, whatever the values are. */
export type TypeFault = {
  readonly message: string;
  /** Characters of the text of the expression. */
  readonly start: number;
  readonly end: number;
};

/** What is known of the names that an expression reads: `['workflow', 'input', 'x']`. */
export type KnownTypes = (path: readonly string[]) => ValueType;

/** One look at an expression: what is known around a node, and what was found wrong so far. */
export type Typing = {
  readonly known: KnownTypes;
  /** Names that the expression itself gives, as in `list.map(x, ...)`. */
  readonly bound: ReadonlySet<string>;
  readonly faults: TypeFault[];
  readonly infer: (node: Node, typing: Typing) => ValueType;
};

export function report({ faults }: Typing, { start, end }: Node, message: string): void {
  faults.push({ message, start, end });
}
