import { type Enterprise, noEnterprise } from '../../machines/goals/enterprise.ts';
import { loadEnterprise } from '../../machines/goals/load-enterprise.ts';
import { defined } from '../../machines/language/defined.ts';
import { enterpriseFileName } from '../ports/serve-file.ts';
import {
  openSettingsFile,
  readSettings,
  type SettingsFileOptions,
  type SettingsKind,
} from './settings-file.ts';

const kind: SettingsKind<Enterprise> = {
  name: enterpriseFileName,
  code: 'enterprise.invalid',
  absent: noEnterprise,
  load: (options) => {
    const loaded = loadEnterprise(options);
    if (!loaded.ok) return loaded;
    const { name, goals, departments, teams, kpis } = loaded;

    return { ok: true, settings: defined({ name, goals, departments, teams, kpis }) };
  },
};

/** Reads enterprise.yaml and looks after it. Rejects with SettingsInvalid when it cannot be used to begin with. */
export function openEnterpriseFile(options: SettingsFileOptions) {
  return openSettingsFile(kind, options);
}

/** What enterprise.yaml declares now. Rejects with SettingsInvalid. */
export function readEnterprise(projectDir: string): Promise<Enterprise> {
  return readSettings(kind, projectDir);
}
