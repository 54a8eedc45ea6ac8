// What keeps the engines busy: so many runs in flight all the time, of four kinds, each with a side effect in every
// attempt, which is a line in a file: the key of the attempt, and the time in ms.
import { readFile } from 'node:fs/promises';
import { type LoadedDefinition, loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import { createWorkflows, type WorkflowsDeps } from '../../src/engine/workflows.ts';
import type { Answer, RunCommand } from '../../src/ports/runs/workflows.ts';

/** The ends of attempts that each kind of run has to come to. */
export const kinds = {
  plain: ['one/1', 'two/1', 'three/1', 'four/1', 'five/1'],
  waits: ['one/1', 'two/1', 'three/1'],
  retries: ['one/1', 'two/1 failed', 'two/2', 'three/1'],
  asks: ['one/1', 'two/1', 'three/1'],
} as const;
export type Kind = keyof typeof kinds;

export type Load = {
  /** Starts a run. Resolves when somebody has said that it was started. */
  readonly start: (kind: Kind) => Promise<Acknowledged | undefined>;
  readonly approve: (run: string) => Promise<Acknowledged | undefined>;
  /** What was refused for good, with the run and the reason. */
  readonly refused: readonly string[];
  /** Nothing is insisted on any more. */
  readonly stop: () => void;
};

/** An event that a client was told of. */
export type Acknowledged = { readonly run: string; readonly sequence: number };

const pauseMs = 200;

/** An engine that ends in order says so, or that it cannot reach what it needs. */
function mayPass(code: string): boolean {
  return code === 'run.moved' || code.endsWith('.unavailable');
}

export function createLoad(deps: Omit<WorkflowsDeps, 'newRunId' | 'answerTimeoutMs'>, effects: string): Load {
  let nextId = '';
  let stopped = false;
  const refused: string[] = [];
  const workflows = createWorkflows({ ...deps, newRunId: () => nextId, answerTimeoutMs: 5_000 });

  async function start(kind: Kind): Promise<Acknowledged | undefined> {
    const run = newRunId();
    return insist(run, () => {
      // The same id again is the same request again: an answer may have been lost.
      nextId = run;
      return workflows.start({
        definition: definitions[kind],
        file: kind,
        input: { effects },
        actor: 'test',
      });
    });
  }

  async function insist(run: string, ask: () => Promise<Answer>): Promise<Acknowledged | undefined> {
    while (!stopped) {
      const answer = await ask().catch(() => undefined);
      if (answer?.ok === true) return { run: answer.run, sequence: answer.sequence };
      // A command that is given again may find that it is done.
      if (answer !== undefined && !mayPass(answer.refusal.code)) {
        refused.push(`${run} was refused: ${answer.refusal.code}: ${answer.refusal.message}`);
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }

    return undefined;
  }

  return {
    start,
    approve: (run) => {
      const command: RunCommand = { kind: 'approve', task: 'ask', by: 'client' };
      return insist(run, () => workflows.command(run, command, 'client'));
    },
    refused,
    stop: () => {
      stopped = true;
    },
  };
}

/** The keys of the attempts in the file, each with the times at which it was carried out. */
export async function readEffects(file: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const effects = new Map<string, number[]>();
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  for (const line of lines) {
    const [key = '', time] = line.split(' ');
    effects.set(key, [...(effects.get(key) ?? []), Number(time)]);
  }

  return effects;
}

const effect = (id: string, after: string) => `
    - id: ${id}
      depends_on: [${after}]
      run: { shell: sh, command: ['echo "$WORKFLOW_ATTEMPT_KEY $(date +%s%3N)" >> "$1"', "\${workflow.input.effects}"] }`;

const failing = `
    - id: two
      depends_on: [one]
      retry_policy: { max_attempts: 2, initial_delay: 500ms }
      run:
        shell: sh
        command:
          - 'echo "$WORKFLOW_ATTEMPT_KEY $(date +%s%3N)" >> "$1"; case "$WORKFLOW_ATTEMPT_KEY" in */2) ;; *) false ;; esac'
          - "\${workflow.input.effects}"`;

const parts: Readonly<Record<Kind, string>> = {
  plain: ['one', 'two', 'three', 'four', 'five'].map((id, at, all) => effect(id, all[at - 1] ?? '')).join(''),
  waits: `${effect('one', '')}${effect('two', 'one')}
    - { id: nap, depends_on: two, type: WAIT, duration: 3s }${effect('three', 'nap')}`,
  retries: `${effect('one', '')}${failing}${effect('three', 'two')}`,
  asks: `${effect('one', '')}${effect('two', 'one')}
    - { id: ask, depends_on: two, type: HUMAN, wait_for_approval: true }${effect('three', 'ask')}`,
};

const definitions = Object.fromEntries(
  Object.keys(parts).map((kind) => [kind, defined(kind as Kind)]),
) as Readonly<Record<Kind, LoadedDefinition>>;

function defined(kind: Kind): LoadedDefinition {
  const content = `workflow:
  id: ${kind}
  version: 1
  input: { required: [effects] }
  tasks:${parts[kind]}
`;
  const result = loadDefinition({ file: `${kind}.yaml`, content });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));

  return result.loaded;
}
