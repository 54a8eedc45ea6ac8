import { userInfo } from 'node:os';
import type { CliIo } from '../app.ts';

/** The actor of a command: `--as`, else WORKFLOW_USER, else the login name. */
export function actorOf({ env }: Pick<CliIo, 'env'>, given: string | undefined): string {
  for (const name of [given, env['WORKFLOW_USER'], env['USER'], env['LOGNAME']]) {
    if (name !== undefined && name.trim() !== '') return name.trim();
  }

  return loginName();
}

/** The login name of whoever runs this process. In a container the user may have no name, only a number. */
export function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
