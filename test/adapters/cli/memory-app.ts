// The real engine over the journal in memory, as the composition root would make it: everything but NATS. Every session
// of one app sees the same runs; an engine lives as long as its session, as in a process of its own.
import type { CliApp, DoctorLine } from '../../../src/adapters/cli/app.ts';
import { createMemoryCommandChannel } from '../../../src/adapters/memory/command-channel.ts';
import { createMemoryDefinitionStore } from '../../../src/adapters/memory/definition-store.ts';
import { createMemoryJournal } from '../../../src/adapters/memory/journal.ts';
import { createMemoryLeases } from '../../../src/adapters/memory/leases.ts';
import { newRunId } from '../../../src/compose/new-run-id.ts';
import { createPerformers } from '../../../src/compose/performers.ts';
import { systemClock as clock } from '../../../src/compose/system-clock.ts';
import { createNode } from '../../../src/engine/node.ts';
import { createWorkflows } from '../../../src/engine/workflows.ts';

export type MemoryApp = CliApp & { readonly journal: ReturnType<typeof createMemoryJournal> };

export function createMemoryApp(checks: readonly DoctorLine[] = []): MemoryApp {
  const journal = createMemoryJournal();
  const definitions = createMemoryDefinitionStore();
  const leases = createMemoryLeases(clock);
  const commands = createMemoryCommandChannel(clock);
  let sessions = 0;

  return {
    journal,
    open: async ({ projectDir, engine }) => {
      sessions += 1;
      const parts = { journal, definitions, commands, newRunId, answerTimeoutMs: 5_000 };
      const node =
        engine === 'none'
          ? undefined
          : await createNode({
              ...parts,
              leases,
              clock,
              performers: createPerformers(),
              outputs: { write: () => Promise.resolve() },
              projectDir,
              concurrencyMax: 8,
              startNoticeMs: 25,
              holder: { node: `test-${sessions}`, host: 'test', pid: sessions },
              isDead: () => false,
              onChange: () => {},
              onTrouble: () => {},
            });

      return {
        workflows: createWorkflows(node === undefined ? parts : { ...parts, node }),
        server: { url: 'memory', version: '0', source: 'test' },
        close: async () => node?.stop(),
      };
    },
    serve: () => Promise.resolve(),
    down: () => Promise.resolve('not-running'),
    doctor: () => Promise.resolve(checks),
  };
}
