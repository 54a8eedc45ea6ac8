import type { Hello } from '../../../events/worker-protocol.ts';
import { defined } from '../../../machines/language/defined.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  Agent,
  AgentsFile,
  DrainMarks,
  MoveMark,
  Presence,
  Roster,
  SeenWorker,
} from '../../ports/work/agent-admin.ts';
import { watchMarks } from '../marks.ts';
import { mergedAgent } from './agent-admin.ts';

/** Who does not speak up for so many of its own intervals is thought to be gone. */
const silencesMax = 3;
/** More than so many workers are not counted: whoever may say hello could fill the memory otherwise. */
const workersMax = 10_000;

export type RosterDeps = {
  readonly declared: Pick<AgentsFile, 'current' | 'onChange'>;
  readonly presence: Presence;
  readonly marks: Pick<DrainMarks, 'all'> & { readonly moves?: Pick<DrainMarks['moves'], 'all'> };
  readonly clock: Clock;
  /** Told once when the marks cannot be read, until they can be again. What was known of them counts. */
  readonly onTrouble: (error: unknown) => void;
};

/** A mark that somebody makes in another process counts here after so long at the latest. */
const marksEveryMs = 2_000;

/**
 * Knows the agents that are declared and those whose workers were heard of lately, and which are drained. Asks all
 * workers to speak up when it is made; resolves when the marks are known.
 */
export async function createRoster(deps: RosterDeps): Promise<Roster & { readonly close: () => void }> {
  const { declared, presence, marks, clock } = deps;
  const listeners = new Set<() => void>();
  let known: ReadonlyMap<string, Agent> | undefined;
  let marked: Marked = new Map();
  let closed = false;

  function changed(): void {
    known = undefined;
    if (!closed) for (const listener of [...listeners]) listener();
  }

  const seen = createSeenWorkers(clock, changed);

  function agents(): ReadonlyMap<string, Agent> {
    known ??= merged(deps, { workers: seen.byAgent(), marked });

    return known;
  }

  const ends = [
    presence.onHello((hello) => {
      known = undefined;
      seen.hear(hello);
    }),
    declared.onChange(changed),
  ];
  presence.callRoll();
  const watch = watchMarks({
    read: () => marksOfAgents(marks),
    everyMs: marksEveryMs,
    clock,
    onTrouble: deps.onTrouble,
    onChange: (found) => {
      marked = found;
      changed();
    },
  });
  await watch.looked;

  return {
    agents: () => [...agents().values()],
    find: (name) => agents().get(name),
    returns: (skill) => declared.current().skills.find(({ name }) => name === skill)?.returns,
    onChange: (listener) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
    close: () => {
      closed = true;
      watch.close();
      seen.close();
      for (const end of ends) end();
    },
  };
}

type Marked = ReadonlyMap<string, Pick<Agent, 'draining' | 'moved'>>;

/** Marks may be there of agents that nobody has heard of. */
async function marksOfAgents({ moves, ...drains }: RosterDeps['marks']): Promise<Marked> {
  const [drained, moved] = await Promise.all([drains.all(), moves?.all() ?? new Map<string, MoveMark>()]);

  return new Map(
    [...new Set([...drained.keys(), ...moved.keys()])].map((name) => [
      name,
      defined({ draining: drained.get(name), moved: moved.get(name) }),
    ]),
  );
}

/** All agents by their names, in the order of these: declared, heard of, or at least drained. */
function merged(
  { declared }: RosterDeps,
  {
    workers,
    marked,
  }: {
    readonly workers: ReadonlyMap<string, Agent['workers']>;
    readonly marked: Marked;
  },
): ReadonlyMap<string, Agent> {
  const stated = new Map(declared.current().agents.map((agent) => [agent.name, agent]));
  const names = [...new Set([...stated.keys(), ...workers.keys(), ...marked.keys()])].sort();

  return new Map(
    names.map((name) => {
      const agent = mergedAgent(name, {
        stated: stated.get(name),
        workers: workers.get(name) ?? [],
        ...marked.get(name),
      });
      return [name, agent];
    }),
  );
}

type SeenWorkers = {
  /** Takes a worker's word that it is there, or that it leaves. */
  readonly hear: (hello: Hello) => void;
  /** Those heard of lately, by the name of their agent, in the order of their names. */
  readonly byAgent: () => ReadonlyMap<string, readonly SeenWorker[]>;
  readonly close: () => void;
};

/** Remembers workers for as long as they speak up. `onChange`: who is there, or what they can do, has changed. */
function createSeenWorkers(clock: Clock, onChange: () => void): SeenWorkers {
  const workers = new Map<string, SeenWorker>();
  /** When each is taken to be gone, by the steady clock. */
  const goneAt = new Map<string, number>();
  let look: { readonly atMs: number; readonly cancel: () => void } | undefined;

  function forgetSilent(): void {
    const now = clock.steady();
    const silent = [...goneAt].filter(([, atMs]) => atMs <= now);
    for (const [key] of silent) forget(key);
    look = undefined;
    if (goneAt.size > 0) lookAt(Math.min(...goneAt.values()));
    if (silent.length > 0) onChange();
  }

  function forget(key: string): boolean {
    goneAt.delete(key);

    return workers.delete(key);
  }

  /** Whoever has spoken up again by then is looked at later. */
  function lookAt(atMs: number): void {
    if (look !== undefined && look.atMs <= atMs) return;
    look?.cancel();
    look = { atMs, cancel: clock.after(Math.max(1, atMs - clock.steady()), forgetSilent) };
  }

  return {
    hear: (hello) => {
      const key = JSON.stringify([hello.agent, hello.worker]);
      const before = workers.get(key);
      if (hello.leaving) {
        if (forget(key)) onChange();
        return;
      }
      if (before === undefined && workers.size >= workersMax) return;
      const goneAtMs = clock.steady() + silencesMax * hello.everyMs;
      workers.set(key, { ...hello, seenAtMs: clock.now() });
      goneAt.set(key, goneAtMs);
      lookAt(goneAtMs);
      if (before === undefined || abilities(before) !== abilities(hello)) onChange();
    },
    byAgent: () => {
      const byAgent = new Map<string, SeenWorker[]>();
      for (const worker of workers.values()) {
        const others = byAgent.get(worker.agent);
        if (others === undefined) byAgent.set(worker.agent, [worker]);
        else others.push(worker);
      }
      for (const each of byAgent.values()) each.sort((a, b) => (a.worker < b.worker ? -1 : 1));

      return byAgent;
    },
    close: () => look?.cancel(),
  };
}

function abilities({ skills, level, department, capacity }: Hello): string {
  return JSON.stringify([skills, level, department, capacity]);
}
