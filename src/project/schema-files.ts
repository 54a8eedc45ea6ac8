import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, relative, sep } from 'node:path';
import {
  readSchemaFile,
  type SchemaFile,
  type SchemaFiles,
  schemaNames,
} from '../../machines/language/text/pinned-schemas.ts';
import { isAbsent } from '../files/file-failure.ts';
import { pathSegments } from '../files/path-segments.ts';
import { resolveInProject } from '../files/project-path.ts';
import { messageOf } from '../lib/text.ts';

const bytesMax = 64 * 1024;

/** The files of the project that receipts of a definition name as their schemas. Never rejects. */
export async function schemaFiles(projectDir: string, content: Uint8Array | string): Promise<SchemaFiles> {
  const names = schemaNames(content);

  return new Map(
    await Promise.all(names.map(async (name) => [name, await schemaFileAt(projectDir, name)] as const)),
  );
}

async function schemaFileAt(projectDir: string, name: string): Promise<SchemaFile> {
  try {
    if (!['.json', '.yaml', '.yml'].includes(extname(name).toLowerCase()))
      return { problem: 'the file of a schema ends in .json, .yaml or .yml' };
    const path = await realpath(await resolveInProject(projectDir, name));
    const [folder = ''] = relative(await realpath(projectDir), path).split(sep);
    if ([folder, pathSegments(name)[0] ?? ''].some((each) => each.toLowerCase() === '.3ox'))
      return { problem: 'what stands in .3ox/ is of the engine' };
    const found = await stat(path);
    if (!found.isFile()) return { problem: 'it is no plain file' };
    const { size } = found;
    if (size > bytesMax) return { problem: `it has ${size} bytes, more than ${bytesMax}` };

    return readSchemaFile(await readFile(path));
  } catch (error) {
    const isThere = !isAbsent(error);

    return {
      problem: isThere
        ? messageOf(error)
        : 'there is no such file; its path is written from the root of the project on',
    };
  }
}

/** Tells one state of the schema files of a definition from another without reading them; '' where it names none. */
export async function schemaStamp(projectDir: string, names: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    names.map(async (name) => {
      try {
        const { ino, mtimeMs, size } = await stat(await resolveInProject(projectDir, name));
        return `${ino} ${mtimeMs} ${size}`;
      } catch {
        return 'gone';
      }
    }),
  );

  return stamps.map((stamp) => ` ${stamp}`).join('');
}
