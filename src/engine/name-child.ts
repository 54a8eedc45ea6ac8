import type { ErrorData } from '../../events/error-data.ts';
import { localId } from '../../machines/compile/address.ts';
import { childRun } from '../../machines/run/child-run.ts';
import type { Command } from '../../machines/run/command.ts';
import { errorData, renderInput } from '../../machines/run/render.ts';
import type { Run } from '../../machines/run/run.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import { messageOf } from '../ports/message-of.ts';
import type { RunSecrets } from '../ports/secrets.ts';
import { type Charts, DefinitionMissing } from './charts.ts';
import { childInput } from './child-input.ts';
import { withBlobs } from './with-blobs.ts';

export type NamingDeps = {
  readonly blobs: BlobStore;
  readonly definitions: DefinitionStore;
  readonly runSecrets: RunSecrets;
  readonly charts: Charts;
};

/** Names the run that is to carry an attempt out, with its definition and input, or says why none can. */
export async function nameChild(
  deps: NamingDeps,
  run: Run,
  { task, attempt }: { readonly task: string; readonly attempt: number },
): Promise<Command> {
  const child = await childOf(deps, run, task, attempt);

  return { kind: 'delegate', task, attempt, child };
}

async function childOf(deps: NamingDeps, run: Run, address: string, attempt: number) {
  const task = run.chart.plan.get(localId(address))?.task;
  const named = task?.type === 'SUB_WORKFLOW' ? task.workflow : '';
  const [id = '', version] = named.split('@');
  const stored = await deps.definitions.byId(id, version === undefined ? undefined : Number(version));
  if (stored === undefined) return { error: unknownDefinition(named) };
  const chart = await deps.charts.byHash(stored.ref.hash).catch(asMissing);
  if (chart instanceof DefinitionMissing) return { error: unreadable(chart) };
  const rendered = await withBlobs(
    deps.blobs,
    () => run,
    () => renderInput(run, address),
  );
  if (!rendered.ok) return { error: errorData(rendered.error) };
  const child = childRun(run.state.run, address, attempt);
  const input = await childInput(deps.runSecrets, chart.definition, {
    child,
    value: rendered.value,
    as: itemName(run, address),
    hidden: run.aside.hidden,
  });
  if (!input.ok) return { error: input.error };

  return { run: child, definition: stored.ref, input: input.value };
}

/** The name under which the item of a FORK is given to the run that works on it. */
function itemName(run: Run, address: string): string {
  const fork = run.chart.plan.get(run.chart.plan.get(localId(address))?.owner ?? '')?.task;

  return fork?.type === 'FORK' ? (fork.as ?? 'item') : 'item';
}

function asMissing(error: unknown): DefinitionMissing {
  if (error instanceof DefinitionMissing) return error;
  throw error;
}

function unknownDefinition(named: string): ErrorData {
  return {
    code: 'child.unknown-definition',
    message: `no definition "${named}" is registered; start it once, or put its file beside this one under definitions/`,
    retryable: false,
  };
}

function unreadable(error: DefinitionMissing): ErrorData {
  return { code: 'child.unreadable-definition', message: messageOf(error), retryable: false };
}
