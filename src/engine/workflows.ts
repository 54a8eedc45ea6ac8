import type { Json } from '../../events/canonical-json.ts';
import type { Definition } from '../../machines/definition.ts';
import type { Refusal } from '../../machines/run/command.ts';
import { shardOf } from '../../machines/shard.ts';
import type { CommandChannel } from '../ports/command-channel.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import type { Journal } from '../ports/journal.ts';
import {
  type Answer,
  RunNotFound,
  RunRefused,
  type RunView,
  type Wait,
  type Workflows,
} from '../ports/workflows.ts';
import { createCharts } from './charts.ts';
import type { EngineNode } from './node.ts';
import { createQuestions } from './questions.ts';
import type { EngineRequest } from './requests.ts';

export type WorkflowsDeps = {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  readonly commands: CommandChannel;
  readonly newRunId: () => string;
  /** The engine of this process; absent in a process that only asks. */
  readonly node?: EngineNode;
  /** Whether an engine that lives holds the run. Absent where that cannot be known; then nothing is said of it. */
  readonly owned?: (run: string) => Promise<boolean>;
  /** How long a command waits for the owner of its run to answer. */
  readonly answerTimeoutMs: number;
};

type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;
type Asking = WithoutId<EngineRequest>;

/** The engine as front ends see it. */
export function createWorkflows(deps: WorkflowsDeps): Workflows {
  const { journal, definitions, commands, node, answerTimeoutMs } = deps;
  const questions = createQuestions(journal, createCharts(definitions));

  async function ask(request: Asking): Promise<Answer> {
    await node?.workOn(request.run);

    return askOwner(request);
  }

  async function askOwner(asking: Asking): Promise<Answer> {
    const request: EngineRequest = { id: crypto.randomUUID(), ...asking };
    const answer = await commands.request(shardOf(request.run), request as Json, {
      timeoutMs: answerTimeoutMs,
    });

    return answer as unknown as Answer;
  }

  /** A run that only an engine can move, and that no engine holds, waits for that before all else. */
  async function withEngine(view: RunView): Promise<RunView> {
    if (!view.waitsFor.some((wait) => needsEngine(view, wait))) return view;
    if ((await deps.owned?.(view.run)) !== false) return view;
    const wait: Wait = { reason: 'no engine works on it', fix: `workflow resume ${view.run}` };

    return { ...view, waitsFor: [wait, ...view.waitsFor] };
  }

  return {
    ...questions,
    view: async (run) => withEngine(await questions.view(run)),
    viewOf: async (run, records) => withEngine(await questions.viewOf(run, records)),
    start: async ({ definition, file, input, actor }) => {
      const { ref, text } = definition;
      const run = deps.newRunId();
      const secret = secretIn(definition.definition, input);
      if (secret !== undefined) return { ok: false, run, refusal: secretGiven(secret) };
      await definitions.register({ ref, text, file });

      return ask({ kind: 'start', run, hash: ref.hash, input: { ...input }, actor });
    },
    command: async (run, command, actor) => {
      if ((await journal.last(run)) === undefined) throw new RunNotFound(run);

      return ask({ kind: 'command', run, command, actor });
    },
    adopt: async (run) => {
      if ((await node?.workOn(run)) === true) return 'adopted';
      const answer = await askOwner({ kind: 'adopt', run });
      if (!answer.ok) throw new RunRefused(answer.refusal);

      return 'owned elsewhere';
    },
    definitions: () => definitions.list(),
    definition: (id, version) => definitions.byId(id, version),
  };
}

/** Approvals wait for people, and a paused run waits to be resumed. */
function needsEngine({ state }: RunView, { task }: Wait): boolean {
  return task !== undefined && state.tasks[task]?.state !== 'pending_approval';
}

/** An input marked secret that was given; a default stands in the definition for all to see. */
function secretIn({ input }: Definition, given: Readonly<Record<string, Json>>): string | undefined {
  return Object.keys(given).find((name) => {
    const property = input[name];
    return property?.secret === true && given[name] !== property.default;
  });
}

/** Until secrets are kept apart from the journal, none is taken in: what is appended stays for ever. */
function secretGiven(name: string): Refusal {
  return {
    code: 'input.secret',
    message: `the input "${name}" is marked secret, and this version cannot keep a secret out of the journal`,
  };
}
