// What the tests of agents share: real engine nodes on one journal, the work queue in memory, a roster that the test
// writes down, workers that do what the test says, and one manual clock.

import type { Json } from '../../events/canonical-json.ts';
import type { Report, ReportAnswer, WorkItem } from '../../events/worker-protocol.ts';
import type { TaskState } from '../../machines/chart/run/run-state.ts';
import type { InputProperty } from '../../machines/definition.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { NodeDeps } from '../../src/engine/cluster/node.ts';
import type { Workflows } from '../../src/ports/runs/workflows.ts';
import type { Agent, Roster, SeenWorker } from '../../src/ports/work/agent-admin.ts';
import type { ClaimedItem } from '../../src/ports/work/worker-link.ts';
import { createMemoryWork } from '../../src/stores/memory/work-queue.ts';
import { definitionText } from '../support/definition-text.ts';
import { createWorld, settled } from './node-world.ts';

export type Held = {
  readonly item: WorkItem;
  readonly claimed: ClaimedItem;
  /** Reports, and waits for the answer. */
  readonly says: (kind: Report['kind'], more?: Readonly<Record<string, Json>>) => Promise<ReportAnswer>;
};

export const secret = 'of the engines';

export function createAgentsWorld() {
  const world = createWorld();
  const work = createMemoryWork(world.clock);
  const roster = createRoster();
  const troubles: unknown[] = [];
  const versions: string[] = [];
  const written: [string, Json][] = [];

  /** An engine that works on all runs. */
  async function join(name: string, planted: Partial<NodeDeps> = {}) {
    const joined = await world.join(name, {
      work: { queue: work.queue, roster, secret },
      outputs: { write: async (path, value) => void written.push([path, value]) },
      onTrouble: (_run, error) => void troubles.push(error),
      ...planted,
    });
    await joined.node.workOnAll();

    return joined;
  }

  /** Starts a run of these tasks, in YAML. */
  async function start(
    workflows: Workflows,
    tasks: string,
    input: Readonly<Record<string, Json>> = {},
    head = '',
  ) {
    const definition = loadDefinition({
      file: 'far.yaml',
      content: textOf(tasks, [headOf(input), head].join('\n')),
    });
    if (!definition.ok) throw new Error(JSON.stringify(definition.problems));
    const request = { definition: definition.loaded, file: 'far.yaml', input, actor: 'test' };
    const answer = await workflows.start(request);
    if (!answer.ok) throw new Error(answer.refusal.message);
    await settled();

    return answer.run;
  }

  /** A definition keeps its content: other tasks are another version. */
  function textOf(tasks: string, head: string): string {
    if (!versions.includes(tasks)) versions.push(tasks);

    return definitionText(tasks, head).replace('version: 1', `version: ${versions.indexOf(tasks) + 1}`);
  }

  function worker(name: string, agent = 'SCOUT') {
    const link = work.link(name);
    const claim = async (signal: AbortSignal): Promise<Held | undefined> => {
      const claimed = await link.claim(agent, { waitMs: 3_600_000, signal });
      if (claimed === undefined) return undefined;
      const { item } = claimed;
      const of = { protocol: 1, run: item.run, task: item.task, attempt: item.attempt, token: item.token };
      const says: Held['says'] = (kind, more = {}) =>
        link.report(item, { kind, ...of, worker: name, ...more } as Report, new AbortController().signal);

      return { item, claimed, says };
    };

    return {
      link,
      /** Waits for an item of the agent. */
      take: async (): Promise<Held> => {
        const held = await claim(new AbortController().signal);
        if (held === undefined) throw new Error(`there was nothing for ${name}`);
        return held;
      },
      /** What is there now. */
      look: async (): Promise<Held | undefined> => {
        await settled();
        const late = new AbortController();
        const claimed = claim(late.signal);
        late.abort();
        return claimed;
      },
      stops: (): readonly string[] => {
        const keys: string[] = [];
        link.onStop(agent, ({ attemptKey }) => keys.push(attemptKey));
        return keys;
      },
    };
  }

  const stateOf = async (run: string, task: string): Promise<TaskState | undefined> =>
    (await world.asking().view(run)).state.tasks[task];

  /** Time passes, and everything happens that can. */
  async function pass(ms: number, everyMs = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= everyMs) {
      world.clock.advance(Math.min(left, everyMs));
      await settled();
      await settled();
    }
  }

  /** The types of the events of a run, with who is behind them. */
  async function told(run: string): Promise<readonly string[]> {
    const lines: string[] = [];
    for await (const entry of world.asking().history(run)) {
      if ('record' in entry) lines.push(`${entry.record.type} by ${entry.record.actor}`);
    }

    return lines;
  }

  return { ...world, queue: work.queue, roster, troubles, written, join, start, worker, stateOf, pass, told };
}

/** What the engine says to a worker that may not do what it asked for. */
export const denied = (code: string, next: 'drop' | 'wait' = 'drop') => ({ ok: false, code, next });

/** Declares every input, of any type. */
function headOf(input: Readonly<Record<string, Json>>): string {
  const names = Object.keys(input);

  return names.length === 0
    ? ''
    : `input: { required: [${names.join(', ')}], properties: { ${names.map((name) => `${name}: {}`).join(', ')} } }`;
}

export function agentNamed(name: string, more: Partial<Agent> = {}): Agent {
  return {
    name,
    level: 'L3',
    skills: [],
    capacity: 2,
    transport: { kind: 'nats' },
    declared: true,
    workers: [seen(name)],
    ...more,
  };
}

function seen(agent: string): SeenWorker {
  return {
    protocol: 1,
    worker: `worker of ${agent}`,
    agent,
    skills: [],
    capacity: 2,
    running: 0,
    utilisation: 0,
    language: 'test',
    host: 'here',
    startedAt: '2026-01-01T00:00:00Z',
    everyMs: 5_000,
    leaving: false,
    seenAtMs: 0,
  };
}

function createRoster(): Roster & {
  readonly set: (...agents: readonly Agent[]) => void;
  /** What is given by whoever has a skill. */
  readonly gives: Map<string, InputProperty>;
} {
  const gives = new Map<string, InputProperty>();
  let all: readonly Agent[] = [];
  const listeners = new Set<() => void>();

  return {
    agents: () => all,
    find: (name) => all.find((each) => each.name === name),
    returns: (skill) => gives.get(skill),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    gives,
    set: (...agents) => {
      all = agents;
      for (const listener of listeners) listener();
    },
  };
}
