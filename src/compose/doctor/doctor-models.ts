import { existsSync } from 'node:fs';
import type { DoctorLine } from '../../cli/app.ts';
import { declaredPath } from '../../files/local-definitions.ts';
import { createProjectSecrets } from '../../keys/project-secrets.ts';
import { messageOf } from '../../lib/text.ts';
import { modelsFileName } from '../../ports/work/models.ts';
import { readModels } from '../../project/read-models.ts';

/** Whether models.yaml can be used, and the keys of its models are there. A project without one is not told of it. */
export async function checkModelsFile(projectDir: string): Promise<readonly DoctorLine[]> {
  if (!existsSync(declaredPath(projectDir, modelsFileName))) return [];
  const of = { name: 'models', status: 'fail' } as const;
  try {
    const { models } = await readModels(projectDir);
    const secrets = createProjectSecrets(projectDir, process.env);
    const keyless = models.filter(({ secret }) => secret !== undefined && secrets.get(secret) === undefined);
    const [first] = keyless;
    if (first === undefined)
      return [{ ...of, status: 'ok', detail: `${models.length} models in ${modelsFileName}` }];
    const detail = `the secret ${first.secret ?? ''} is not set, which the model ${first.alias} is asked with`;
    return [{ ...of, detail, fix: `put ${first.secret ?? ''}=... into .3ox/secrets.env` }];
  } catch (error) {
    const [line = ''] = messageOf(error).split('\n').slice(1);
    return [
      { ...of, detail: `${modelsFileName} cannot be used: ${line}`, fix: `workflow check ${modelsFileName}` },
    ];
  }
}
