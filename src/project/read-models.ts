import { type DeclaredModels, loadModels } from '../../machines/models/load-models.ts';
import { modelsFileName } from '../ports/work/models.ts';
import { readSettings, type SettingsKind } from './settings-file.ts';

const kind: SettingsKind<DeclaredModels> = {
  name: modelsFileName,
  code: 'models.invalid',
  absent: { models: [] },
  load: (options) => {
    const loaded = loadModels(options);

    return loaded.ok ? { ok: true, settings: { models: loaded.models } } : loaded;
  },
};

/** What models.yaml declares now. Rejects with SettingsInvalid. */
export function readModels(projectDir: string): Promise<DeclaredModels> {
  return readSettings(kind, projectDir);
}
