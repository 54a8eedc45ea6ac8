import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { ImportedDefinition } from '../../ports/definitions/definition-import.ts';
import { CliFailure } from '../cli-failure.ts';

/** A file that is to be written, and how messages call it. */
export type Target = { readonly path: string; readonly shown: string; readonly text: string };

/** One definition goes into the file that is named, or into a folder; several need a folder. */
export async function targetsOf(
  definitions: readonly ImportedDefinition[],
  { out, cwd }: { readonly out: string | undefined; readonly cwd: string },
): Promise<readonly Target[]> {
  if (out === undefined) return [];
  const path = resolve(cwd, out);
  const found = await stat(path).catch(() => undefined);
  const isFolder =
    found?.isDirectory() === true || /[\\/]$/.test(out) || (definitions.length > 1 && !/\.ya?ml$/.test(out));
  if (definitions.length > 1 && (!isFolder || found?.isFile() === true)) {
    throw new CliFailure(
      'usage.out',
      `${definitions.length} definitions do not go into one file ${out}`,
      'name a folder with --out definitions/',
    );
  }
  const [only] = definitions;
  if (!isFolder && only !== undefined) return [{ path, shown: out, text: only.yaml }];
  const versions = new Map<string, number>();
  for (const { id } of definitions) versions.set(id, (versions.get(id) ?? 0) + 1);

  return definitions.map(({ id, version, yaml }) => {
    const name = (versions.get(id) ?? 0) > 1 ? `${id}.v${version}.yaml` : `${id}.yaml`;
    const file = join(path, name);
    return { path: file, shown: relative(cwd, file) || file, text: yaml };
  });
}

/** Writes all files or says which one is in the way, before the first is written. */
export async function writeTargets(
  targets: readonly Target[],
  { force }: { readonly force: boolean },
): Promise<void> {
  for (const { path, shown } of force ? [] : targets) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    throw new CliFailure(
      'definition.file-exists',
      `${shown} exists already; nothing was written`,
      'add --force to overwrite it',
    );
  }
  for (const { path, shown, text } of targets) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new CliFailure('definition.unwritable', `${shown} cannot be written (${reason})`);
    }
  }
}
