import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CliFailure } from './cli-failure.ts';

const marks = ['.3ox', 'definitions', 'package.json'];
/** Folders above the current one that are looked at. */
const parentsMax = 64;

/** The folder of the project: the one given, else the nearest that looks like one, else the current one. */
export function findProjectDir(cwd: string, given: string | undefined): string {
  if (given !== undefined) {
    const folder = resolve(cwd, given);
    if (isFolder(folder)) return folder;
    const problem = existsSync(folder) ? 'is a file, not a folder' : 'there is no such folder';
    throw new CliFailure('usage.project', `--project ${given}: ${problem}`);
  }
  let folder = resolve(cwd);
  for (let looked = 0; looked < parentsMax; looked += 1) {
    if (marks.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }

  return resolve(cwd);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
