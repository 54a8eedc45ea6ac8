import type { DefinitionRef } from '../../../../events/run-events.ts';
import type { Workflows } from '../../../ports/workflows.ts';
import { failureOf } from '../cli-failure.ts';

/** A run under way: the event that migrated it, or why it stays on its version. */
export type Migrated = {
  readonly run: string;
  readonly from: DefinitionRef;
  readonly sequence?: number;
  readonly why?: string;
};

/** Has the runs of earlier versions that are under way go on by this one, where they can. */
export async function migrateRuns(
  workflows: Workflows,
  { to, actor }: { readonly to: DefinitionRef; readonly actor: string },
): Promise<readonly Migrated[]> {
  const migrated: Migrated[] = [];
  for (const { run, head, damage } of await workflows.list()) {
    const { definition: from, status } = head;
    const isUnderWay = status === 'RUNNING' || status === 'PAUSED';
    if (!isUnderWay || from.id !== to.id || from.version >= to.version) continue;
    const why = damage?.message;
    migrated.push({
      run,
      from,
      ...(why === undefined ? await migrate(workflows, run, { to, actor }) : { why }),
    });
  }

  return migrated;
}

/** One run that cannot be reached does not keep the others from it. */
async function migrate(
  workflows: Workflows,
  run: string,
  { to, actor }: { readonly to: DefinitionRef; readonly actor: string },
): Promise<Pick<Migrated, 'sequence' | 'why'>> {
  try {
    const answer = await workflows.migrate(run, to.hash, actor);
    return answer.ok ? { sequence: answer.sequence } : { why: answer.refusal.message };
  } catch (error) {
    return { why: failureOf(error).message };
  }
}
