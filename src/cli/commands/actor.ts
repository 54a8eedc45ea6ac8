import { loginName } from '../../lib/user-name.ts';
import type { CliIo } from '../app.ts';

/** The actor of a command: `--as`, else WORKFLOW_USER, else the login name. */
export function actorOf({ env }: CliIo, given: string | undefined): string {
  for (const name of [given, env['WORKFLOW_USER'], env['USER'], env['LOGNAME']]) {
    if (name !== undefined && name.trim() !== '') return name.trim();
  }

  return loginName();
}
