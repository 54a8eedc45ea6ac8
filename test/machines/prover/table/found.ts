// What is found before a run in a definition of the world of the tables: by the checks, and by the deep check.
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import { deepCheck } from '../../../../machines/prover/deep/deep-check.ts';
import type { world } from '../../language/world/test-world.ts';

type Found = { readonly code: string; readonly severity: string; readonly message: string };

/** The findings, without notes. A definition that does not load is not played. */
export function findingsOf(content: string, around: typeof world | undefined): readonly Found[] {
  const file = 'x.yaml';
  const result = loadDefinition({ file, content, ...(around === undefined ? {} : { world: around }) });
  const problems = result.ok ? [...result.warnings, ...result.misfits] : result.problems;
  const deep = result.ok ? deepCheck({ loaded: result.loaded, file, scenesMax: 3_000 }).findings : [];

  return [...problems, ...deep.map(({ finding }) => finding)].filter(({ severity }) => severity !== 'note');
}

/** A warning that values which were not tried may take away is no finding. */
export function isHedged({ severity, message }: Found): boolean {
  return severity === 'warning' && /that were tried|if it can|give one/.test(message);
}
