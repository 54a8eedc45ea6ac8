import type { Definition } from '../definition.ts';
import { notExecutable } from './executable.ts';
import { type LoadedDefinition, loadDefinition } from './load-definition.ts';
import { orderProblems, type Problem } from './problem.ts';
import type { SchemaFiles } from './text/pinned-schemas.ts';
import type { KnownWorld } from './world/world.ts';

/** A text, the definition it is (absent where it is none), and all that is wrong with it. */
export type CheckedText = { readonly loaded?: LoadedDefinition; readonly problems: readonly Problem[] };

/** What of a definition cannot be carried out. It has no place of its own: it is told of the first line of the file. */
export function executionProblems(definition: Definition, file: string): readonly Problem[] {
  return notExecutable(definition).map((each) => ({ ...each, file, line: 1, column: 1, length: 1 }));
}

/** Checks a text as `workflow check` does, and whether it can be carried out. Never throws. */
export function checkText(source: {
  readonly file: string;
  readonly content: Uint8Array | string;
  /** What is around it; without one only the definition itself is looked at. */
  readonly world?: KnownWorld | undefined;
  readonly schemas?: SchemaFiles | undefined;
}): CheckedText {
  const result = loadDefinition({ ...source, world: source.world ?? {} });
  if (!result.ok) return { problems: result.problems };
  const { loaded, warnings, misfits } = result;
  const problems = orderProblems([...warnings, ...misfits]);

  return { loaded, problems: [...problems, ...executionProblems(loaded.definition, source.file)] };
}

/** Whether a run can be started by the text. */
export function isUsable({ loaded, problems }: CheckedText): boolean {
  return loaded !== undefined && problems.every(({ severity }) => severity !== 'error');
}
