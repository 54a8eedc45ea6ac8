import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runsMax, type StateFile } from '../adapters/state-file/state-file.ts';
import { stateFilePath } from '../adapters/state-file/state-text.ts';
import type { Workflows } from '../ports/workflows.ts';

/** The state file is only a copy: one that is gone is written anew from the journal, with the runs created last. */
export async function restoreStateFile(
  projectDir: string,
  stateFile: StateFile,
  workflows: Pick<Workflows, 'list' | 'inspect'>,
): Promise<void> {
  if (existsSync(join(projectDir, stateFilePath))) return;
  const newestFirst = [...(await workflows.list())].sort((one, other) =>
    one.head.startedAt < other.head.startedAt ? 1 : -1,
  );
  for (const { run } of newestFirst.slice(0, runsMax)) {
    const { view } = await workflows.inspect(run);
    if (view !== undefined && view.damage === undefined) stateFile.update(run, () => view);
  }
}
