import type { DevOptions, OnProgress } from '../../cli/app.ts';
import { createDraftDefinitions, type DraftDefinitions } from '../../engine/draft-definitions.ts';
import type { AgentsFile } from '../../ports/work/agent-admin.ts';
import { openAgentsFile } from '../../project/agents-file.ts';
import { createDefinitionsFolder } from '../../project/definitions-folder.ts';
import { createAgentPrograms } from '../../subprocess/agent-programs.ts';
import { projectWorld } from '../local-world.ts';
import { type ServedEditing, serve } from '../serve.ts';
import { systemClock } from '../system-clock.ts';

/** Whoever saves a file wants to see at once what it does. */
const lookEveryMs = 250;

/**
 * Serves a project that somebody edits: its files count as drafts, and the programs of its agents run, until the signal
 * aborts.
 */
export async function dev(options: DevOptions, onProgress: OnProgress): Promise<void> {
  let drafts: DraftDefinitions | undefined;
  const editing: ServedEditing = {
    openFiles: () => watchFiles(options, (found) => drafts?.replace(found)),
    begin: async ({ workflows }) => {
      const endPrograms = await runPrograms(options);
      options.onReady(workflows);

      return endPrograms;
    },
  };

  await serve(
    options,
    onProgress,
    (deps) => {
      drafts = createDraftDefinitions(deps.definitions);
      return { ...deps, drafts, holder: { ...deps.holder, goesByDrafts: true } };
    },
    editing,
  );
}

/** Tells of every change, also of one that makes a file unusable. */
async function watchFiles(
  { projectDir, onFiles }: DevOptions,
  replace: DraftDefinitions['replace'],
): Promise<() => Promise<void>> {
  let latest: Parameters<typeof replace>[0] = [];
  const folder = createDefinitionsFolder({
    projectDir,
    clock: systemClock,
    world: () => projectWorld(projectDir),
    lookEveryMs,
    onProblem: () => onFiles(latest),
  });

  return folder.watch(async (found) => {
    latest = found;
    replace(found);
    onFiles(found);
  });
}

async function runPrograms({ projectDir, onAgent, onFiles }: DevOptions): Promise<() => Promise<void>> {
  const file = await openAgentsFile({ projectDir, clock: systemClock, onProblem: () => onFiles() });
  const programs = createAgentPrograms({ projectDir, clock: systemClock, say: onAgent });
  const run = (): void => programs.replace(programsOf(file));
  file.onChange(() => {
    run();
    onFiles();
  });
  run();

  return async () => {
    file.close();
    await programs.end();
  };
}

function programsOf(file: AgentsFile) {
  return file
    .current()
    .agents.flatMap(({ name, command }) => (command === undefined ? [] : [{ agent: name, command }]));
}
