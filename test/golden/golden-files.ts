// Golden journals on disk: <release>/<name>.jsonl, one record a line in the order in which they were stored, and the
// definitions that they were recorded with as <release>/definitions/<id>.v<version>.yaml.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefinitionRef } from '../../events/run-events.ts';

/** What was recorded of one template: the texts of all records of its runs, and of the definitions of these. */
export type Golden = {
  readonly name: string;
  readonly bodies: readonly string[];
  readonly definitions: readonly { readonly ref: DefinitionRef; readonly text: string }[];
};

/** What became of a journal that was to be kept: what stands there is never changed. */
export type Kept = 'added' | 'stands' | 'differs from what stands';

/** The releases that have golden journals. */
export function releasesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The names of the golden journals of a release. */
export function namesIn(folder: string, release: string): readonly string[] {
  return readdirSync(join(folder, release))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .sort();
}

/** The records of a golden journal as they were stored. */
export function bodiesIn(folder: string, release: string, name: string): readonly string[] {
  return readFileSync(join(folder, release, `${name}${ending}`), 'utf8')
    .trimEnd()
    .split('\n');
}

/** The text of the definition that a run was recorded with. */
export function definitionIn(folder: string, release: string, ref: DefinitionRef): string {
  return readFileSync(definitionPath(folder, release, ref), 'utf8');
}

/** Adds a journal and its definitions to a release. Nothing that stands there is touched. */
export function keepGolden(folder: string, release: string, { name, bodies, definitions }: Golden): Kept {
  mkdirSync(join(folder, release, 'definitions'), { recursive: true });
  const path = join(folder, release, `${name}${ending}`);
  const lines = bodies.map((body) => `${body}\n`).join('');
  if (existsSync(path)) return readFileSync(path, 'utf8') === lines ? 'stands' : 'differs from what stands';
  for (const { ref, text } of definitions) keepDefinition(definitionPath(folder, release, ref), text);
  writeFileSync(path, lines);

  return 'added';
}

const ending = '.jsonl';

function definitionPath(folder: string, release: string, { id, version }: DefinitionRef): string {
  return join(folder, release, 'definitions', `${id}.v${version}.yaml`);
}

function keepDefinition(path: string, text: string): void {
  if (!existsSync(path)) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    throw new Error(
      `${path} holds another text; raise the version of the definition, or keep it with --release`,
    );
  }
}
