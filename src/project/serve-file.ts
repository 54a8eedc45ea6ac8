import { defined } from '../../machines/language/defined.ts';
import { loadServeFile } from '../../machines/serve-file/load-serve-file.ts';
import { nothingServed, type Served } from '../../machines/serve-file/served.ts';
import { type ServeFile, serveFileName } from '../ports/serve-file.ts';
import {
  openSettingsFile,
  readSettings,
  type SettingsFileOptions,
  type SettingsKind,
} from './settings-file.ts';

const kind: SettingsKind<Served> = {
  name: serveFileName,
  code: 'serve.invalid',
  absent: nothingServed,
  load: (options) => {
    const loaded = loadServeFile(options);
    if (!loaded.ok) return loaded;
    const { hooks, alerts, privateHosts, ...more } = loaded;
    const { mail, oidc, retention, quotas, tellsAlways } = more;

    return {
      ok: true,
      settings: { hooks, alerts, privateHosts, ...defined({ mail, oidc, retention, quotas, tellsAlways }) },
    };
  },
};

/** Reads serve.yaml and looks after it. Rejects with SettingsInvalid when it cannot be used to begin with. */
export function openServeFile(options: SettingsFileOptions): Promise<ServeFile> {
  return openSettingsFile(kind, options);
}

/** What serve.yaml declares now. Rejects with SettingsInvalid. */
export function readServed(projectDir: string): Promise<Served> {
  return readSettings(kind, projectDir);
}
