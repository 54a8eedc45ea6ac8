import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { Problem } from '../../machines/language/problem.ts';
import { CliFailure } from '../adapters/cli/cli-failure.ts';
import { writtenCases } from '../adapters/cli/test/written-cases.ts';
import { PathRefused } from '../files/path-refused.ts';
import { resolveInProject } from '../files/project-path.ts';
import { CasesInvalid } from '../ports/definition-tests.ts';
import type { WrittenCases } from '../projections/test-definition.ts';

/**
 * The cases that stand beside a definition in the project, as `workflow test` finds them. Nothing is looked for
 * outside of the project. Rejects with CasesInvalid.
 */
export async function draftCases(
  projectDir: string,
  { file, text }: { readonly file: string; readonly text: string },
): Promise<readonly WrittenCases[]> {
  const path = await resolveInProject(projectDir, file).catch((error: unknown) => {
    if (!(error instanceof PathRefused)) throw error;
  });
  const result = loadDefinition({ file, content: text });
  if (path === undefined || !result.ok || !existsSync(dirname(path))) return [];
  const subject = { path, definition: result.loaded.definition, isDraft: true };

  return writtenCases(subject, await realpath(projectDir)).catch((error: unknown) => {
    throw error instanceof CliFailure && error.code === 'cases.invalid'
      ? new CasesInvalid(error.message, (error.details?.data ?? []) as readonly Problem[])
      : error;
  });
}
