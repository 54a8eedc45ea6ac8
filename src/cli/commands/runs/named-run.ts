import { didYouMean } from '../../../../machines/language/suggest.ts';
import { RunNotFound, type Workflows } from '../../../ports/runs/workflows.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { Invocation } from '../../invocation.ts';

const names = ['@last', '@failed'];

/** The full id of a named run. Throws CliFailure with a suggestion, RunAmbiguous. */
export async function namedRun({ hint }: Invocation, workflows: Workflows, name: string): Promise<string> {
  try {
    return await workflows.resolve(name);
  } catch (error) {
    if (!(error instanceof RunNotFound)) throw error;
    const meant = names.includes(name) ? '' : didYouMean(name, names);
    throw new CliFailure('run.not-found', `there is no run "${name}"${meant}`, hint('list'));
  }
}
