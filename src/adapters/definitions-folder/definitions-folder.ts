import type { Clock } from '../../ports/clock.ts';
import type { DefinitionsFolder, FolderDefinition } from '../../ports/definitions-folder.ts';
import { messageOf } from '../../ports/message-of.ts';
import { createFolderReader } from './read-folder.ts';

export type DefinitionsFolderOptions = {
  readonly projectDir: string;
  readonly clock: Clock;
  /** Told once of each file that cannot be used, as it is now. */
  readonly onProblem: (message: string) => void;
};

const lookEveryMs = 1_000;

/** Looks after the folder `definitions/`: a change counts as soon as the file has been the same for two looks. */
export function createDefinitionsFolder({
  projectDir,
  clock,
  onProblem,
}: DefinitionsFolderOptions): DefinitionsFolder {
  return {
    watch: async (onFound) => {
      const read = createFolderReader(projectDir, onProblem);
      let told: readonly FolderDefinition[] | undefined;
      let trouble: string | undefined;
      let closed = false;
      let cancel = (): void => undefined;
      let looking = Promise.resolve();

      async function look(): Promise<void> {
        try {
          const found = await read();
          if (found !== told && !closed) {
            await onFound(found);
            told = found;
          }
          trouble = undefined;
        } catch (error) {
          const message = `the definitions of the project cannot be registered: ${messageOf(error)}`;
          if (message !== trouble) onProblem(message);
          trouble = message;
        }
        if (!closed) cancel = clock.after(lookEveryMs, () => void next());
      }

      function next(): Promise<void> {
        looking = look();

        return looking;
      }

      await next();

      return async () => {
        closed = true;
        cancel();
        await looking;
      };
    },
  };
}
