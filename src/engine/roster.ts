import type { AgentsFile } from '../ports/agents-file.ts';
import type { Clock } from '../ports/clock.ts';
import type { Agent, DrainMark, DrainMarks, Presence, Roster } from '../ports/roster.ts';
import { agentOf } from './merged-agent.ts';
import { createSeenWorkers } from './seen-workers.ts';

export type RosterDeps = {
  readonly declared: Pick<AgentsFile, 'current' | 'onChange'>;
  readonly presence: Presence;
  readonly marks: Pick<DrainMarks, 'all'>;
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
  let drained: ReadonlyMap<string, DrainMark> = new Map();
  let cancel = (): void => undefined;
  let isTold = false;
  let closed = false;

  function changed(): void {
    known = undefined;
    if (!closed) for (const listener of [...listeners]) listener();
  }

  const seen = createSeenWorkers(clock, changed);

  async function readMarks(): Promise<void> {
    try {
      const found = await marks.all();
      isTold = false;
      if (markText(found) !== markText(drained)) {
        drained = found;
        changed();
      }
    } catch (error) {
      if (!isTold) deps.onTrouble(error);
      isTold = true;
    }
    if (!closed) cancel = clock.after(marksEveryMs, () => void readMarks());
  }

  function agents(): ReadonlyMap<string, Agent> {
    known ??= merged(deps, { workers: seen.byAgent(), drained });

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
  await readMarks();

  return {
    agents: () => [...agents().values()],
    find: (name) => agents().get(name),
    onChange: (listener) => {
      listeners.add(listener);

      return () => void listeners.delete(listener);
    },
    close: () => {
      closed = true;
      cancel();
      seen.close();
      for (const end of ends) end();
    },
  };
}

function markText(marks: ReadonlyMap<string, DrainMark>): string {
  return JSON.stringify([...marks].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** All agents by their names, in the order of these: declared, heard of, or at least drained. */
function merged(
  { declared }: RosterDeps,
  {
    workers,
    drained,
  }: {
    readonly workers: ReadonlyMap<string, Agent['workers']>;
    readonly drained: ReadonlyMap<string, DrainMark>;
  },
): ReadonlyMap<string, Agent> {
  const stated = new Map(declared.current().agents.map((agent) => [agent.name, agent]));
  const names = [...new Set([...stated.keys(), ...workers.keys(), ...drained.keys()])].sort();

  return new Map(
    names.map((name) => {
      const agent = agentOf(name, {
        stated: stated.get(name),
        workers: workers.get(name) ?? [],
        draining: drained.get(name),
      });
      return [name, agent];
    }),
  );
}
