import type { ProjectSecrets } from '../access/secrets.ts';
import type { ServeFile } from '../serve-file.ts';

/** Which hooks there are, and the secrets that their senders sign with. */
export type HookSources = {
  readonly file: Pick<ServeFile, 'current'>;
  readonly secrets: Pick<ProjectSecrets, 'get'>;
};
