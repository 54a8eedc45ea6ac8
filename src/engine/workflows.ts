import type { Json } from '../../events/canonical-json.ts';
import { taskAt } from '../../machines/compile/task-at.ts';
import { isFinal } from '../../machines/compile/task-status.ts';
import { partedInput } from '../../machines/run/parted-input.ts';
import { shardOf } from '../../machines/shard.ts';
import { type Authority, anyActor } from '../ports/authority.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandChannel } from '../ports/command-channel.ts';
import type { DefinitionStore } from '../ports/definition-store.ts';
import type { Journal } from '../ports/journal.ts';
import type { Roster } from '../ports/roster.ts';
import type { ProjectSecrets, RunSecrets } from '../ports/secrets.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import {
  type Answer,
  type RunCommand,
  RunNotFound,
  RunRefused,
  type RunView,
  type Wait,
  type Workflows,
} from '../ports/workflows.ts';
import { refusedName } from './actor-name.ts';
import { approvals } from './approvals.ts';
import { createAudits } from './audits.ts';
import { type Charts, createCharts } from './charts.ts';
import { deadLetters } from './dead-letters.ts';
import { createInputEdits } from './input-edits.ts';
import { keptRunsOf } from './kept-runs.ts';
import { keyedRun, startedBefore } from './keyed-start.ts';
import type { EngineNode } from './node.ts';
import { createWhatIfs } from './publishing.ts';
import { withQuarantinedChildren } from './quarantined-children.ts';
import { createQuestions } from './questions.ts';
import { register } from './register.ts';
import type { EngineRequest } from './requests.ts';
import { withBreakers } from './with-breakers.ts';

export type WorkflowsDeps = {
  readonly journal: Journal;
  readonly definitions: DefinitionStore;
  readonly commands: CommandChannel;
  readonly runSecrets: RunSecrets;
  /** Large values that the journal refers to. */
  readonly blobs?: BlobStore | undefined;
  /** What expressions read as `secrets`; only what-if asks for it. */
  readonly projectSecrets?: ProjectSecrets | undefined;
  readonly snapshots?: Snapshots | undefined;
  /** Keeps long runs that are looked at folded, in memory: for a process that is asked again and again. */
  readonly keepsRuns?: boolean;
  readonly clock: Clock;
  readonly newRunId: () => string;
  /** The engine of this process; absent in a process that only asks. */
  readonly node?: EngineNode;
  /** Whether an engine that lives holds the run. Absent where that cannot be known; then nothing is said of it. */
  readonly owned?: (run: string) => Promise<boolean>;
  /** Who could carry out what is for agents. Absent where that is not known. */
  readonly roster?: (() => Promise<Roster>) | undefined;
  /** How long a command waits for the owner of its run to answer. */
  readonly answerTimeoutMs: number;
  /** As that of the engines. */
  readonly shardCount?: number;
  /** Those of the engine of this process, so that each definition is compiled once. */
  readonly charts?: Charts;
  /** Who may do what, as far as it is done here: new definitions are. Everybody may without. */
  readonly authority?: Authority | undefined;
  /** The same for questions about who may, asked only where they come up. */
  readonly rights?: (() => Promise<Authority>) | undefined;
};

type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;
type Rerun = Extract<RunCommand, { kind: 'rerun' }>;
type Asking = WithoutId<EngineRequest>;
type StartRequest = Parameters<Workflows['start']>[0];

/** The engine as front ends see it. */
export function createWorkflows(deps: WorkflowsDeps): Workflows {
  const { journal, definitions, commands, node, answerTimeoutMs, charts = createCharts(definitions) } = deps;
  const kept = keptRunsOf({ ...deps, charts });
  const questions = createQuestions(journal, charts, { ...deps, kept });
  const edit = createInputEdits({ ...deps, charts });

  async function ask(request: Asking & { readonly actor: string }): Promise<Answer> {
    const refusal = refusedName(request.actor);
    if (refusal !== undefined) return { ok: false, run: request.run, refusal };
    await node?.workOn(request.run);

    return askOwner(request, request.actor);
  }

  async function askOwner(asking: Asking, as: string): Promise<Answer> {
    const request: EngineRequest = { id: crypto.randomUUID(), ...asking };
    const answer = await commands.request(shardOf(request.run, deps.shardCount), request as Json, {
      as,
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

  async function start(request: StartRequest): Promise<Answer> {
    const { definition, file, alongside = [], input, actor, key } = request;
    const { ref } = definition;
    const run = key === undefined ? deps.newRunId() : keyedRun(actor, key);
    for (const each of [...alongside, { definition, file }]) {
      const refusal = await register(deps, each, actor);
      if (refusal !== undefined) return { ok: false, run, refusal };
    }
    const { open, secret } = partedInput(definition.definition, input);
    const before = async () =>
      key === undefined ? undefined : startedBefore(journal, { run, actor, definition: ref, input: open });
    // The secrets of a run that is there stay as they are.
    const known = await before();
    if (known !== undefined) return known;
    if (Object.keys(secret).length > 0) await deps.runSecrets.keep(run, secret);
    const answer = await ask({ kind: 'start', run, hash: ref.hash, input: { ...open }, actor });

    // Of two at once with one key, one may have begun another run than was asked for here.
    return answer.ok ? ((await before()) ?? answer) : answer;
  }

  async function rerun(run: string, command: Rerun, actor: string): Promise<Answer> {
    const last = await journal.last(run);
    const isOver = last?.kind !== 'record' || isFinal(last.record.data.head.status);
    // It will be refused: no secret of a run that is under way is touched.
    if (!isOver) return ask({ kind: 'command', run, command: { ...command, input: undefined }, actor });
    const before = await deps.runSecrets.of(run);
    const input = await edit(run, run, command.input);
    const edited = input === undefined ? command : { ...command, input: { ...input } };
    const answer = await ask({ kind: 'command', run, command: edited, actor });
    if (!answer.ok && input !== undefined) await deps.runSecrets.keep(run, before);

    return answer;
  }

  return {
    ...questions,
    ...createAudits({ ...deps, charts, kept }),
    ...createWhatIfs({ ...deps, charts }),
    view: async (run) => withBreakers(deps, await withEngine(await questions.view(run))),
    inspect: async (run) => {
      const inspected = await questions.inspect(run);
      if (inspected.damage !== undefined || inspected.view === undefined) return inspected;
      const view = await withQuarantinedChildren({ ...deps, charts }, inspected.view);

      return { run, view: await withBreakers(deps, await withEngine(view)) };
    },
    viewOf: async (run, records) => withEngine(await questions.viewOf(run, records)),
    start,
    fork: async ({ run: from, at, input, reason, actor }) => {
      const run = deps.newRunId();
      const edited = await edit(from, run, input);

      return ask({
        kind: 'fork',
        run,
        from,
        at,
        actor,
        ...(edited === undefined ? {} : { input: { ...edited } }),
        ...(reason === undefined ? {} : { reason }),
      });
    },
    migrate: (run, hash, actor) => ask({ kind: 'migrate', run, hash, actor }),
    deadLetters: (filter) => deadLetters(journal, charts, filter),
    approvals: (filter) => approvals({ ...deps, charts }, filter),
    command: async (run, command, actor) => {
      if (command.kind === 'rerun') return rerun(run, command, actor);
      if ((await journal.last(run)) === undefined) throw new RunNotFound(run);

      return ask({ kind: 'command', run, command, actor });
    },
    adopt: async (run) => {
      if ((await node?.workOn(run)) === true) return 'adopted';
      const answer = await askOwner({ kind: 'adopt', run }, anyActor);
      if (!answer.ok) throw new RunRefused(answer.refusal);

      return 'owned elsewhere';
    },
    definitions: () => definitions.list(),
    definition: (id, version) => definitions.byId(id, version),
  };
}

/** Approvals wait for people, other waits for times, signals and runs; a paused run waits to be resumed. */
const needing: ReadonlySet<string> = new Set(['scheduled', 'in_progress', 'retrying', 'listing', 'looping']);

function needsEngine({ state }: RunView, { task }: Wait): boolean {
  return task !== undefined && needing.has(taskAt(state, task)?.state ?? '');
}
