import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { DoctorLine } from '../adapters/cli/app.ts';

/** Whether the definitions of the project can be read. */
export async function checkDefinitions(folder: string): Promise<readonly DoctorLine[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(folder, name));
  const lines = await Promise.all(files.map(checkFile));
  const broken = lines.flat();
  if (broken.length > 0) return broken;

  return [{ name: 'definitions', status: 'ok', detail: `${files.length} in definitions/, all valid` }];
}

async function checkFile(file: string): Promise<readonly DoctorLine[]> {
  const result = loadDefinition({ file, content: await readFile(file) });
  if (result.ok) return [];
  const [first] = result.problems;
  const detail = `${file}: ${first?.message ?? ''} (${result.problems.length} problems)`;

  return [{ name: 'definitions', status: 'fail', detail, fix: `workflow check ${file}` }];
}
