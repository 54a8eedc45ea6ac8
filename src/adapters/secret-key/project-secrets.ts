import { join } from 'node:path';
import { readPrivateFile } from '../../files/private-file.ts';
import type { ProjectSecrets } from '../../ports/secrets.ts';
import { parseSecretsText } from './secrets-text.ts';

const PREFIX = 'WORKFLOW_SECRET_';
const shownPath = '.3ox/secrets.env';

/**
 * The secrets of a project as they are now: from its `.3ox/secrets.env`, and from environment variables
 * `WORKFLOW_SECRET_<NAME>`, which go first. An empty value is none. Throws SecretFileRefused.
 */
export function createProjectSecrets(
  projectDir: string,
  env: Readonly<Record<string, string | undefined>>,
): ProjectSecrets {
  const text = readPrivateFile(join(projectDir, '.3ox', 'secrets.env'), shownPath);
  const found = new Map(text === undefined ? [] : parseSecretsText(text, shownPath));
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith(PREFIX) && value) found.set(name.slice(PREFIX.length), value);
  }
  const known = new Map([...found].filter(([, value]) => value !== ''));
  const all = [...new Set(known.values())];
  const values = Object.fromEntries(known);

  return {
    get: (name) => known.get(name),
    values: () => values,
    all: () => all,
  };
}
