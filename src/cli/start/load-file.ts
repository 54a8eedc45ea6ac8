import { readFile } from 'node:fs/promises';
import { notExecutable } from '../../../machines/language/executable.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import { formatProblems, type Problem } from '../../../machines/language/problem.ts';
import { CliFailure } from '../cli-failure.ts';

/** A definition that can be started, and where it came from. */
export type Found = {
  readonly loaded: LoadedDefinition;
  /** Shown in messages and stored with the definition. */
  readonly file: string;
  readonly warnings: readonly Problem[];
};

/** Reads and checks a definition file. `shown` is how messages call it. Throws CliFailure. */
export async function loadFile(path: string, shown: string): Promise<Found> {
  return loadContent(await readDefinition(path, shown), shown);
}

/** Checks the text of a definition. Throws CliFailure with every problem there is. */
export function loadContent(content: Uint8Array | string, file: string): Found {
  const result = loadDefinition({ file, content });
  if (!result.ok) throw invalid(file, result.problems);

  return { loaded: result.loaded, file, warnings: result.warnings };
}

/** Throws CliFailure when the definition asks for what this version cannot carry out. */
export function refuseUnlessExecutable({ loaded, file }: Found): void {
  const errors = notExecutable(loaded.definition).filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  const text = errors.map(({ path, message }) => `${file}  ${path}: ${message}`).join('\n');

  throw new CliFailure(
    'definition.not-executable',
    `${file} cannot be carried out by this version; nothing was started`,
    undefined,
    { text, key: 'problems', data: errors },
  );
}

async function readDefinition(path: string, shown: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (reason === 'ENOENT') throw new CliFailure('definition.not-found', `there is no file ${shown}`);
    throw new CliFailure('definition.unreadable', `${shown} cannot be read (${reason})`);
  }
}

function invalid(file: string, problems: readonly Problem[]): CliFailure {
  return new CliFailure(
    'definition.invalid',
    `${file} is no valid definition; nothing was started`,
    undefined,
    {
      text: formatProblems(problems),
      key: 'problems',
      data: problems,
    },
  );
}
