import type { Json } from '../../events/canonical-json.ts';
import { resultCharactersMax, workMax } from './limits.ts';
import { overLimit, type Scope } from './outcome.ts';
import type { Node } from './tree.ts';

/** What one evaluation works on. Loop variables live in `locals`, at the depth of their loop. */
export type Frame = { readonly scope: Scope; readonly locals: Json[]; workLeft: number };

/** A compiled node. Throws `ExpressionFailure`. */
export type Evaluate = (frame: Frame) => Json;

/** Where a node is compiled: the loop variables in reach, and how to compile what is below it. */
export type Site = {
  readonly source: string;
  readonly locals: ReadonlyMap<string, number>;
  readonly depth: number;
  readonly build: (node: Node, site: Site) => Evaluate;
};

export function newFrame(scope: Scope): Frame {
  return { scope, locals: [], workLeft: workMax };
}

/** Pays for work that grows with the data. */
export function spend(frame: Frame, work: number): void {
  frame.workLeft -= work;
  if (frame.workLeft < 0) {
    throw overLimit(
      `the evaluation takes more than ${workMax} units of work; make its lists or texts smaller`,
    );
  }
}

/** Pays for walking a text, which costs far less per character than a step. */
export function spendText(frame: Frame, characters: number): void {
  spend(frame, Math.ceil(characters / 64));
}

/** Refuses to build a text no result could hold. */
export function checkTextLength(characters: number): void {
  if (characters > resultCharactersMax) {
    throw overLimit(`a text of ${characters} characters is larger than the ${resultCharactersMax} allowed`);
  }
}
