// An engine that comes after one that was killed, in this process: all that it knows is what it finds in the stores.

import { createPerformers } from '../../src/compose/handlers.ts';
import { isDeadHere, thisHolder } from '../../src/compose/holder.ts';
import { subjectKeysOf } from '../../src/compose/session/open-session.ts';
import { systemClock } from '../../src/compose/system-clock.ts';
import { createNode, type EngineNode } from '../../src/engine/cluster/node.ts';
import { writeDocument } from '../../src/files/write-document.ts';
import { createSecretCipher } from '../../src/keys/cipher.ts';
import { createProjectSecrets } from '../../src/keys/project-secrets.ts';
import { messageOf } from '../../src/lib/text.ts';
import type { Handler } from '../../src/ports/work/handler.ts';
import type { JetStreamHandle } from '../../src/stores/jetstream/connect.ts';

export type SecondEngine = {
  readonly node: EngineNode;
  /** The keys of the attempts that it began. */
  readonly begun: readonly string[];
  readonly troubles: readonly string[];
};

export async function openSecondEngine(
  stream: JetStreamHandle,
  projectDir: string,
  holder = thisHolder(),
): Promise<SecondEngine> {
  const begun: string[] = [];
  const troubles: string[] = [];
  const performers = createPerformers({ events: stream.events, clock: systemClock });
  const noted =
    (handler: Handler): Handler =>
    (attempt) => {
      begun.push(attempt.attemptKey);
      return handler(attempt);
    };
  const node = await createNode({
    ...stream,
    runSecrets: stream.runSecrets(createSecretCipher(projectDir)),
    subjectKeys: subjectKeysOf(projectDir, stream),
    projectSecrets: createProjectSecrets(projectDir, {}),
    clock: systemClock,
    performers: {
      find: (task) => {
        const found = performers.find(task);
        return found && { ...found, handler: noted(found.handler) };
      },
    },
    outputs: { write: async (path, value) => void (await writeDocument({ projectDir, path, value })) },
    projectDir,
    concurrencyMax: 64,
    startNoticeMs: 1_000_000,
    holder,
    isDead: isDeadHere,
    onChange: () => undefined,
    onTrouble: (run, error) => troubles.push(`${run}: ${messageOf(error)}`),
  });

  return { node, begun, troubles };
}
