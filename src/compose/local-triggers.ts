import { createDefinitionsFolder } from '../adapters/definitions-folder/definitions-folder.ts';
import { createLocalDefinitions } from '../engine/triggers/local-definitions.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import { messageOf } from '../ports/message-of.ts';
import { systemClock } from './system-clock.ts';

/**
 * Registers the definitions of the project's `definitions/` that have triggers, now and whenever they change. Resolves
 * when those that are there have been, as far as that goes; with what ends it.
 */
export function openLocalTriggers({
  projectDir,
  definitions,
  onProgress,
}: {
  readonly projectDir: string;
  readonly definitions: DefinitionStore;
  readonly onProgress: (message: string) => void;
}): Promise<() => Promise<void>> {
  const folder = createDefinitionsFolder({ projectDir, clock: systemClock, onProblem: onProgress });

  return folder.watch(
    createLocalDefinitions({
      definitions,
      onRegistered: ({ loaded: { ref }, file }) =>
        onProgress(`registered ${ref.id} version ${ref.version} from ${file}`),
      onTrouble: (error) => onProgress(messageOf(error)),
    }),
  );
}
