import { resolve } from 'node:path';
import type { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { JournalRecord } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { RunList, RunPage } from '../../api/run.ts';
import { RunListRequest } from '../../api/run-requests.ts';
import { actorOf } from '../../cli/commands/actor.ts';
import { createBoard } from '../../engine/board/board.ts';
import type { EngineNode } from '../../engine/cluster/node.ts';
import { once } from '../../lib/once.ts';
import { checkedInput } from '../../operations/runs/checked-input.ts';
import { runList } from '../../operations/runs/run-list.ts';
import { seenRun } from '../../operations/runs/seen-run.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import type { Board } from '../../ports/runs/board.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { type RunCommand, RunNotFound } from '../../ports/runs/workflows.ts';
import { TaskError } from '../../ports/work/handler.ts';
import { endInOrder } from '../end-in-order.ts';
import { openSession, type ProjectSession } from '../session/open-session.ts';
import { serverChoice } from '../session/project-server.ts';
import { systemClock } from '../system-clock.ts';
import {
  ActionRefused,
  type EmbeddedAction,
  type EmbeddedActions,
  handlersOf,
  knownActions,
  withActions,
} from './embedded-actions.ts';
import { createDefinitions, type GivenDefinition } from './embedded-definitions.ts';
import {
  type Beginning,
  createRunEnds,
  EngineClosed,
  type RunEnds,
  RunNotCompleted,
  runOutput,
} from './run-ends.ts';

export type { Json } from '../../../events/canonical-json.ts';
export type { ActionContext } from './embedded-actions.ts';
export type { DefinitionValue } from './embedded-definitions.ts';
export { ActionRefused, EngineClosed, embedEngine as createEngine, RequestRefused, RunNotCompleted };

/** A failure of an action that is understood: a stable code, and whether another attempt may help. */
export const ActionFailure = TaskError;
export type ActionFailure = TaskError;

export type EngineOptions<Inputs, Outputs> = {
  /** The address of a NATS server that runs, with credentials if it needs any; `NATS_URL` without. */
  readonly url?: string;
  /** The folder of the project, whose own server is used where no address is given; the current one without. */
  readonly dir?: string;
  /** `WORKFLOW_NAMESPACE` without, else `default`. */
  readonly namespace?: string;
  /** What tasks may use besides the actions that this release ships, by name. */
  readonly actions?: EmbeddedActions<Inputs, Outputs>;
  /** Registered when the engine starts, so that runs can be started by their ids. */
  readonly definitions?: readonly GivenDefinition[];
  /** Who starts runs and gives commands: `WORKFLOW_USER` without, else the login name. */
  readonly actor?: string;
  /** How many attempts are carried out at a time; 1,000 without. */
  readonly concurrency?: number;
  /** Told what a person should know. */
  readonly onProgress?: (message: string) => void;
};

export type StartOptions = {
  /** The same start with the same key is carried out once, whatever engines come and go. */
  readonly idempotencyKey?: string;
  /** Resolves when the run has ended, however it did, in place of when it has begun. */
  readonly wait?: boolean;
};

export type RunHandle = {
  readonly id: string;
  /** The output of the run when it has completed. Rejects with RunNotCompleted, EngineClosed. */
  result(): Promise<Json>;
  /** How it is now: the document that `workflow show --json` and HTTP give. */
  status(): Promise<RunPage>;
  signal(name: string, data?: Json, options?: { readonly id?: string }): Promise<void>;
  /** Ends it in order: what it did is undone. */
  cancel(reason?: string): Promise<void>;
  /** Its events from the first on, as the journal has them, until it has ended or the signal aborts. */
  watch(signal?: AbortSignal): AsyncIterable<JournalRecord>;
};

export type EmbeddedEngine = {
  /** Without credentials. */
  readonly url: string;
  /**
   * Starts a run of a definition: a YAML text, the same as a value, or the id of one that is registered (`id@version`
   * for one version). Rejects with DefinitionRefused, RequestRefused.
   */
  start(
    definition: GivenDefinition,
    input?: Readonly<Record<string, Json>>,
    options?: StartOptions,
  ): Promise<RunHandle>;
  /** A run by its id, whoever started it. */
  run(id: string): RunHandle;
  /** A page of all runs of the namespace, as `workflow list --json` and HTTP give it. */
  list(query?: z.input<typeof RunListRequest>): Promise<RunList>;
  /** Takes nothing more, lets attempts under way end for 10 s or so long, gives its runs to others, disconnects. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
};

const drainMsDefault = 10_000;
const giveBackMs = 3_000;
const boardEndMs = 2_000;
const concurrencyDefault = 1_000;

/**
 * An engine in this process, which shares the runs of its namespace with all other engines until it is closed. Rejects
 * with ActionRefused, DefinitionRefused, and where the server cannot be reached.
 */
async function embedEngine<Inputs, Outputs>(
  options: EngineOptions<Inputs, Outputs> = {},
): Promise<EmbeddedEngine> {
  const { dir = '.', onProgress = () => {}, actions = {} } = options;
  const projectDir = resolve(dir);
  const handlers = handlersOf(actions as Readonly<Record<string, EmbeddedAction>>);
  const concurrencyMax = options.concurrency ?? concurrencyDefault;
  let ends: RunEnds | undefined;
  const session = await openSession(
    { projectDir, engine: 'embedded', server: serverChoice(options) },
    onProgress,
    ({ performers, onChange, ...deps }) => ({
      ...{ ...deps, concurrencyMax, performers: withActions(performers, handlers) },
      onChange: (run) => {
        onChange(run);
        ends?.changed(run);
      },
    }),
  );
  try {
    const { node } = session;
    if (node === undefined) throw noEngineUser(session.server.url);
    ends = createRunEnds({ node, reader: session.reader, clock: systemClock });
    const engine = engineOf(
      { ...session, node, ends, projectDir, onProgress, known: knownActions(handlers) },
      options,
    );
    await engine.register(options.definitions ?? []);
    await node.workOnAll();

    return engine.shown;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function noEngineUser(url: string): RequestRefused {
  return new RequestRefused({
    code: 'authority.engine',
    message: `the user in the address may not run an engine on ${url}; give that of the user "engine"`,
  });
}

type Parts = ProjectSession & {
  readonly node: EngineNode;
  readonly ends: RunEnds;
  readonly projectDir: string;
  readonly onProgress: (message: string) => void;
  readonly known: ReturnType<typeof knownActions>;
};

function engineOf(parts: Parts, options: { readonly actor?: string }) {
  const { workflows, stream, ends } = parts;
  const actor = actorOf({ env: process.env }, options.actor);
  const definitions = createDefinitions(parts);
  const board = once(() => boardOf(parts));
  const asked = once(async () => {
    await board().ready;

    return { board: board(), workflows, clock: systemClock };
  });
  const gone = new AbortController();
  let closing: Promise<void> | undefined;
  let isLooking = false;

  /** An engine that is being closed takes nothing more, and what fails then fails because of it. */
  async function unlessClosed<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (closing !== undefined) throw new EngineClosed();

    return ask().catch(failed);
  }

  function failed(error: unknown): never {
    const isAnswer = error instanceof RunNotCompleted || error instanceof EngineClosed;
    if (closing === undefined || isAnswer) throw error;
    throw new EngineClosed('what was asked may have been done or not', { cause: error });
  }

  function looked<Answer>(
    look: (ports: Awaited<ReturnType<typeof asked>>) => Promise<Answer>,
  ): Promise<Answer> {
    return unlessClosed(async () => {
      isLooking = true;

      return look(await asked());
    });
  }

  function command(run: string, given: RunCommand): Promise<void> {
    return unlessClosed(async () => {
      const answer = await workflows.command(run, given, actor);
      if (!answer.ok) throw new RequestRefused(answer.refusal);
    });
  }

  async function* watched(run: string, signal?: AbortSignal): AsyncGenerator<JournalRecord> {
    if (closing !== undefined) throw new EngineClosed();
    try {
      yield* recordsOf(parts, run, AbortSignal.any([gone.signal, ...(signal === undefined ? [] : [signal])]));
    } catch (error) {
      failed(error);
    }
    if (gone.signal.aborted && signal?.aborted !== true) throw new EngineClosed();
  }

  function handle(id: string, begunHere?: Beginning): RunHandle {
    let kept: Promise<Run> | undefined;
    // That its end could not be told is not its end: whoever asks again is answered anew.
    const notKept = (error: unknown): never => {
      kept = undefined;
      throw error;
    };
    const ended = (): Promise<Run> => (kept ??= ends.of(id, begunHere).catch(notKept));

    return {
      id,
      result: async () => runOutput(stream.blobs, await ended()).catch(failed),
      status: () => looked((ports) => seenRun(ports, id, undefined)),
      signal: (name, data = null, { id: signalId } = {}) =>
        command(id, { kind: 'signal', name, data, ...(signalId === undefined ? {} : { id: signalId }) }),
      cancel: (reason) => command(id, { kind: 'cancelRun', ...(reason === undefined ? {} : { reason }) }),
      watch: (signal) => watched(id, signal),
    };
  }

  async function begin(
    definition: GivenDefinition,
    input: Readonly<Record<string, Json>>,
    { idempotencyKey: key, wait = false }: StartOptions,
  ): Promise<RunHandle> {
    const { found, referred } = await definitions.of(definition);
    const { loaded, file } = found;
    const beginning = ends.beginning();
    const answer = await workflows.start({
      ...{ definition: loaded, file, actor, input: checkedInput(loaded.definition, input) },
      alongside: referred.found.map((each) => ({ definition: each.loaded, file: each.file })),
      ...(key === undefined ? {} : { key }),
    });
    if (!answer.ok) throw new RequestRefused(answer.refusal);
    const run = handle(answer.run, key === undefined ? beginning : undefined);
    if (wait) await run.result().catch(ifNotEnded(run.id));

    return run;
  }

  async function close(drainMs: number): Promise<void> {
    await endInOrder([
      { end: () => parts.node.drain(drainMs), limitMs: drainMs + giveBackMs },
      { end: async () => ends.close() },
      { end: async () => gone.abort() },
      { end: async () => void (isLooking && (await board().close())), limitMs: boardEndMs },
      { end: parts.close },
    ]);
  }

  const shown: EmbeddedEngine = {
    url: parts.server.url,
    start: (definition, input = {}, started = {}) => unlessClosed(() => begin(definition, input, started)),
    run: (id) => handle(id),
    list: (query = {}) => looked((ports) => runList(ports, RunListRequest.parse(query))),
    close: ({ drainMs = drainMsDefault } = {}) => (closing ??= close(drainMs)),
  };

  return {
    shown,
    register: (given: readonly GivenDefinition[]) => definitions.register(given, actor),
  };
}

function boardOf({ indexed, onProgress }: Pick<Parts, 'indexed' | 'onProgress'>): Board {
  return createBoard({ ...indexed, clock: systemClock, onTrouble: onProgress });
}

/** How a run has ended is told by its result. Whoever hears of another failure is told which run goes on. */
function ifNotEnded(run: string): (error: unknown) => void {
  return (error) => {
    if (error instanceof RunNotCompleted) return;
    throw error instanceof Error ? Object.assign(error, { run }) : error;
  };
}

/** Rejects with RunNotFound, RunQuarantined. */
async function* recordsOf(
  { reader }: Pick<ProjectSession, 'reader'>,
  run: string,
  signal: AbortSignal,
): AsyncGenerator<JournalRecord> {
  if ((await reader.last(run)) === undefined) throw new RunNotFound(run);
  for await (const each of reader.follow(run, signal)) {
    if (each.kind === 'damaged') throw new RunQuarantined(each.damage);
    yield each.stored.record;
    if (isFinal(each.run.state.status)) return;
  }
}
