// A session of the real thing, a real server and real files, in which agents and skills are
// played by the test: by functions, one for each task.
import type { Json } from '../../events/canonical-json.ts';
import { isFinal } from '../../machines/chart/task-status.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import type { Run } from '../../machines/run/run.ts';
import { openSession, type ProjectSession } from '../../src/compose/session/open-session.ts';
import type { Handler, Performers } from '../../src/ports/work/handler.ts';

/** What the player of a task answers, by the id of the task. */
export type Script = Readonly<Record<string, (input: Json, attempt: number) => Json>>;

export type Scripted = {
  readonly session: ProjectSession;
  /** Starts a run of the definition, whose agents and skills follow the script. */
  readonly start: (text: string, input: Readonly<Record<string, Json>>, script: Script) => Promise<string>;
  /** The run as soon as it fits. */
  readonly until: (run: string, fits: (run: Run) => boolean) => Promise<Run>;
  readonly ended: (run: string) => Promise<Run>;
  /** What was asked of the players, in order: the addresses of the tasks. */
  readonly played: (run: string) => readonly string[];
};

/** Reads `NATS_URL` and `WORKFLOW_NAMESPACE`. A task without a line in the script waits, as without a worker. */
export async function openScripted(projectDir: string): Promise<Scripted> {
  const latest = new Map<string, Run>();
  const scripts = new Map<string, Script>();
  const played: { readonly run: string; readonly task: string }[] = [];
  const listeners = new Set<() => void>();
  let next: Script = {};

  const players: Performers['find'] = ({ id }) => {
    const play: Handler = async ({ run, task, input, attempt }) => {
      played.push({ run, task });
      return (scripts.get(run) ?? next)[id]?.(input, attempt) ?? {};
    };
    return Object.hasOwn(next, id) ? { worker: 'player', handler: play } : undefined;
  };
  const session = await openSession(
    { projectDir, engine: 'embedded' },
    () => undefined,
    // Without what brings work to agents: it is the players who carry their tasks out.
    ({ work: _work, ...deps }) => ({
      ...deps,
      performers: { find: (task) => deps.performers.find(task) ?? players(task) },
      onChange: (run) => {
        latest.set(run.state.run, run);
        deps.onChange(run);
        for (const listener of [...listeners]) listener();
      },
    }),
  );

  const until: Scripted['until'] = (id, fits) =>
    new Promise((resolve) => {
      const look = () => {
        const run = latest.get(id);
        if (run === undefined || !fits(run)) return;
        listeners.delete(look);
        resolve(run);
      };
      listeners.add(look);
      look();
    });

  return {
    session,
    start: async (text, input, script) => {
      next = script;
      const result = loadDefinition({ file: 'seed.yaml', content: text });
      if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
      const request = { definition: result.loaded, file: 'seed.yaml', input, actor: 'test' };
      const answer = await session.workflows.start(request);
      if (!answer.ok) throw new Error(`${answer.refusal.code}: ${answer.refusal.message}`);
      scripts.set(answer.run, script);
      return answer.run;
    },
    until,
    ended: (id) => until(id, ({ state }) => isFinal(state.status)),
    played: (run) => played.filter((each) => each.run === run).map(({ task }) => task),
  };
}
