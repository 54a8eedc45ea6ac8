import type { RunCommand } from '../../../machines/task-common.ts';
import { type Attempt, TaskError } from '../../ports/handler.ts';
import { argumentText } from './command-line.ts';

/** What a child sees of our own environment. Everything else (credentials, addresses) stays here. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

/** The whole environment of a child: the allow-list, what the definition sets, and who it works for. */
export function childEnvironment(run: RunCommand, attempt: Attempt): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, template] of Object.entries(run.env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new TaskError(
        'command.invalid',
        `${JSON.stringify(name)} is no name for an environment variable`,
      );
    }
    environment[name] = argumentText(attempt.render(template));
  }

  return {
    ...environment,
    WORKFLOW_RUN: attempt.run,
    WORKFLOW_TASK: attempt.task,
    WORKFLOW_ATTEMPT: String(attempt.attempt),
    WORKFLOW_KEY: attempt.key,
  };
}
