// What the tests of engine nodes share: nodes on one journal, leases and command channel in memory, one manual clock.
import { knownFeatures } from '../../machines/feature-gates.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { createNode, type EngineNode, type NodeDeps } from '../../src/engine/cluster/node.ts';
import { createWorkflows, type WorkflowsDeps } from '../../src/engine/workflows.ts';
import type { Workflows } from '../../src/ports/runs/workflows.ts';
import { createMemoryCommandChannel } from '../../src/stores/memory/command-channel.ts';
import { createMemoryDefinitionStore } from '../../src/stores/memory/definition-store.ts';
import { createMemoryJournal } from '../../src/stores/memory/journal.ts';
import { createMemoryLeases } from '../../src/stores/memory/leases.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createMemoryStores } from '../support/memory-stores.ts';

const text = `workflow:
  id: asked
  version: 1
  tasks:
    - {id: ask, type: HUMAN, wait_for_approval: true}
    - {id: after, uses: noop, depends_on: ask}
`;

/** A run of it is at work until its handler ends. */
export const busy = 'workflow: {id: busy, version: 1, tasks: [{id: work, uses: noop}]}\n';
export const neverDone: NodeDeps['performers'] = {
  find: () => ({ worker: 'slow', handler: () => new Promise<never>(() => undefined) }),
};

export function createWorld() {
  const clock = createManualClock();
  const journal = createMemoryJournal(clock);
  const shared = {
    ...createMemoryStores(),
    journal,
    clock,
    leases: createMemoryLeases(clock),
    definitions: createMemoryDefinitionStore(),
    commands: createMemoryCommandChannel(clock),
  };
  const dead = new Set<string>();
  let runs = 0;

  async function join(
    name: string,
    planted: Partial<NodeDeps> = {},
  ): Promise<{ readonly node: EngineNode; readonly workflows: Workflows }> {
    const node = await createNode({
      ...shared,
      performers: { find: () => ({ worker: name, handler: () => Promise.resolve({ by: name }) }) },
      outputs: { write: () => Promise.resolve() },
      projectDir: '.',
      concurrencyMax: 10,
      startNoticeMs: 25,
      holder: { node: name, host: 'here', pid: 1, understands: knownFeatures },
      isDead: (holder) => dead.has(holder.node),
      onChange: () => undefined,
      onTrouble: (_run, error) => {
        throw error;
      },
      ...planted,
    });
    const newRunId = () => {
      runs += 1;
      return `run-${runs}`;
    };

    return { node, workflows: createWorkflows({ ...shared, newRunId, node, answerTimeoutMs: 5_000 }) };
  }

  const asking = (planted: Partial<WorkflowsDeps> = {}) =>
    createWorkflows({ ...shared, newRunId: () => '', answerTimeoutMs: 5_000, ...planted });

  return { ...shared, join, dead, asking };
}

/** Everything that happens without the clock has happened. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

export const approval = { kind: 'approve', task: 'ask', by: 'ana' } as const;

export async function start(workflows: Workflows, content = text): Promise<string> {
  const definition = loadDefinition({ file: 'asked.yaml', content });
  if (!definition.ok) throw new Error('the definition of the test does not load');
  const answer = await workflows.start({
    definition: definition.loaded,
    file: 'asked.yaml',
    input: {},
    actor: 'test',
  });
  if (!answer.ok) throw new Error(answer.refusal.message);

  return answer.run;
}

/** Follows the run until it has ended. */
export async function ended(workflows: Workflows, run: string): Promise<string> {
  const stop = new AbortController();
  for await (const entry of workflows.follow(run, stop.signal)) {
    if ('record' in entry && entry.record.data.head.status !== 'RUNNING') {
      stop.abort();
      return `${entry.record.data.head.status} by ${entry.record.actor}`;
    }
  }

  return 'nothing';
}
