import type { Chart } from '../../../machines/chart/chart.ts';
import { secretTexts } from '../../../machines/run/record/redact.ts';
import type { Aside } from '../../../machines/run/run.ts';
import type { ProjectSecrets, RunSecrets } from '../../ports/access/secrets.ts';

export type RunContextDeps = {
  readonly runSecrets: RunSecrets;
  readonly projectSecrets: ProjectSecrets;
};

/** What a run may read that its journal does not hold. Rejects with SecretsUnavailable, SecretUnreadable. */
export async function runContextOf(deps: RunContextDeps, chart: Chart, run: string): Promise<Aside> {
  const isSecret = Object.values(chart.definition.input).some(({ secret }) => secret);
  const secretInput = isSecret ? await deps.runSecrets.of(run) : {};
  const { projectSecrets } = deps;
  const hidden = [...projectSecrets.all(), ...secretTexts(secretInput)];

  return { blobs: new Map(), secretInput, secrets: projectSecrets.values(), hidden };
}
