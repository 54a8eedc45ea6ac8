import type { Json } from '../../events/canonical-json.ts';
import type { RunCommand } from '../../machines/task.ts';
import type { Attempt } from '../../src/ports/work/handler.ts';
import { createCommandHandler } from '../../src/subprocess/command-handler.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

/** A command that runs a line of Node. */
export function node(script: string, ...args: readonly string[]): readonly string[] {
  return ['node', '-e', script, ...args];
}

/** Carries one attempt out with a command, in an empty project unless the attempt says otherwise. */
export async function carryOut(
  run: Partial<RunCommand> & Pick<RunCommand, 'command'>,
  attempt: Partial<Attempt> = {},
): Promise<Json> {
  const projectDir = attempt.projectDir ?? (await temporaryProject({}));

  return createCommandHandler({ env: {}, ...run })(testAttempt({ ...attempt, projectDir }));
}
