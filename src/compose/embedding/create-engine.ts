import { resolve } from 'node:path';
import type { Json } from '../../../events/canonical-json.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { Problem } from '../../../machines/language/problem.ts';
import type { Run } from '../../../machines/run/run.ts';
import type { EventDocument } from '../../api/run-parts.ts';
import { actorOf } from '../../cli/commands/actor.ts';
import type { EngineNode } from '../../engine/cluster/node.ts';
import { once } from '../../lib/once.ts';
import { checkedInput } from '../../operations/runs/checked-input.ts';
import { RequestRefused } from '../../operations/use-case.ts';
import { RunQuarantined } from '../../ports/runs/journal.ts';
import { type RunCommand, RunNotFound } from '../../ports/runs/workflows.ts';
import { TaskError } from '../../ports/work/handler.ts';
import { eventDocument } from '../../projections/task/event-line.ts';
import { refuseBesideDev } from '../dev/engines-beside.ts';
import { endInOrder } from '../end-in-order.ts';
import { portsOver } from '../session/observer-session.ts';
import { openSession, type ProjectSession } from '../session/open-session.ts';
import { serverChoice } from '../session/project-server.ts';
import { systemClock } from '../system-clock.ts';
import { type Ask, type Client, questionsOf, type RunHandle, type StartOptions } from './client.ts';
import { askOver } from './connect.ts';
import {
  ActionRefused,
  type EmbeddedAction,
  type EmbeddedActions,
  handlersOf,
  knownActions,
  withActions,
} from './embedded-actions.ts';
import { type EmbeddedAgent, type EmbeddedAgents, type PlayedAgents, playAgents } from './embedded-agents.ts';
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

export type EngineOptions<Inputs, Outputs, Takes = unknown, Gives = unknown> = {
  /** The address of a NATS server that runs, with credentials if it needs any; `NATS_URL` without. */
  readonly url?: string;
  /** The folder of the project, whose own server is used where no address is given; the current one without. */
  readonly dir?: string;
  /** `WORKFLOW_NAMESPACE` without, else `default`. */
  readonly namespace?: string;
  /** What tasks may use besides the actions that this release ships, by name. */
  readonly actions?: EmbeddedActions<Inputs, Outputs>;
  /** Agents that this program plays, by name: it is a worker of each, beside the engine. */
  readonly agents?: EmbeddedAgents<Takes, Gives>;
  /** Registered when the engine starts, so that runs can be started by their ids. */
  readonly definitions?: readonly GivenDefinition[];
  /** Who starts runs and gives commands: `WORKFLOW_USER` without, else the login name. */
  readonly actor?: string;
  /** How many attempts are carried out at a time; 1,000 without. */
  readonly concurrency?: number;
  /** Told what a person should know. */
  readonly onProgress?: (message: string) => void;
};

/** The client of an engine in the same process. */
export type EmbeddedEngine = Client & {
  /** Without credentials. */
  readonly url: string;
  /**
   * Everything that is wrong with a definition, errors and warnings: as `workflow check` finds it, with the actions of
   * the program and their schemas. Nothing is registered or started.
   */
  check(definition: GivenDefinition): Promise<readonly Problem[]>;
  /** Takes nothing more, lets attempts under way end for 10 s or so long, gives its runs to others, disconnects. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
};

const drainMsDefault = 10_000;
const giveBackMs = 3_000;
const portsEndMs = 2_000;
const concurrencyDefault = 1_000;

/**
 * An engine in this process, which shares the runs of its namespace with all other engines until it is closed. Rejects
 * with ActionRefused, DefinitionRefused, and where the server cannot be reached.
 */
async function embedEngine<Inputs, Outputs, Takes, Gives>(
  options: EngineOptions<Inputs, Outputs, Takes, Gives> = {},
): Promise<EmbeddedEngine> {
  const { dir = '.', onProgress = () => {}, actions = {} } = options;
  const projectDir = resolve(dir);
  const handlers = handlersOf(actions as Readonly<Record<string, EmbeddedAction>>);
  const agents = agentsOf(options, projectDir);
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
      { ...session, node, ends, agents, projectDir, onProgress, known: knownActions(handlers) },
      options,
    );
    await refuseBesideDev(session);
    await engine.register(options.definitions ?? []);
    await node.workOnAll();
    await agents.start();

    return engine.shown;
  } catch (error) {
    await agents.drain(0);
    await session.close();
    throw error;
  }
}

/** They connect where the engine does. */
function agentsOf(
  {
    agents = {},
    url,
    namespace,
    onProgress = () => {},
  }: Pick<EngineOptions<unknown, unknown>, 'url' | 'namespace' | 'onProgress'> & { readonly agents?: object },
  project: string,
): PlayedAgents {
  return playAgents(agents as Readonly<Record<string, EmbeddedAgent>>, {
    ...(url === undefined ? {} : { url }),
    ...(namespace === undefined ? {} : { namespace }),
    ...{ project, onProgress },
  });
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
  readonly agents: PlayedAgents;
  readonly projectDir: string;
  readonly onProgress: (message: string) => void;
  readonly known: ReturnType<typeof knownActions>;
};

function engineOf(parts: Parts, options: { readonly actor?: string }) {
  const { workflows, stream, ends } = parts;
  const actor = actorOf({ env: process.env }, options.actor);
  const definitions = createDefinitions(parts);
  const opened = once(() => portsOver(parts.projectDir, parts, parts.onProgress));
  const asked = askOver(async () => {
    isLooking = true;

    return (await opened()).ports;
  }, actor);
  const ask: Ask = (operation, input) => unlessClosed(() => asked(operation, input));
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

  function command(run: string, given: RunCommand): Promise<void> {
    return unlessClosed(async () => {
      const answer = await workflows.command(run, given, actor);
      if (!answer.ok) throw new RequestRefused(answer.refusal);
    });
  }

  async function* watched(run: string, signal?: AbortSignal): AsyncGenerator<EventDocument> {
    if (closing !== undefined) throw new EngineClosed();
    try {
      yield* eventsUntilEnd(
        parts,
        run,
        AbortSignal.any([gone.signal, ...(signal === undefined ? [] : [signal])]),
      );
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
      status: () => ask('runs.show', { run: id }),
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
    const since = systemClock.steady();
    const leftMs = () => Math.max(0, drainMs - (systemClock.steady() - since));
    await endInOrder([
      // The engine records what they give.
      { end: () => parts.agents.drain(drainMs), limitMs: drainMs + giveBackMs },
      { end: () => parts.node.drain(leftMs()), limitMs: drainMs + giveBackMs },
      { end: async () => ends.close() },
      { end: async () => gone.abort() },
      { end: async () => void (isLooking && (await (await opened()).close())), limitMs: portsEndMs },
      { end: parts.close },
    ]);
  }

  const shown: EmbeddedEngine = {
    url: parts.server.url,
    start: (definition, input = {}, started = {}) => unlessClosed(() => begin(definition, input, started)),
    check: (definition) => unlessClosed(() => definitions.check(definition)),
    run: (id) => handle(id),
    ...questionsOf(ask),
    ask,
    close: ({ drainMs = drainMsDefault } = {}) => (closing ??= close(drainMs)),
  };

  return { shown, register: (given: readonly GivenDefinition[]) => definitions.register(given, actor) };
}

/** How a run has ended is told by its result. Whoever hears of another failure is told which run goes on. */
function ifNotEnded(run: string): (error: unknown) => void {
  return (error) => {
    if (error instanceof RunNotCompleted) return;
    throw error instanceof Error ? Object.assign(error, { run }) : error;
  };
}

/** Rejects with RunNotFound, RunQuarantined. */
async function* eventsUntilEnd(
  { reader }: Pick<ProjectSession, 'reader'>,
  run: string,
  signal: AbortSignal,
): AsyncGenerator<EventDocument> {
  if ((await reader.last(run)) === undefined) throw new RunNotFound(run);
  for await (const each of reader.follow(run, signal)) {
    if (each.kind === 'damaged') throw new RunQuarantined(each.damage);
    yield eventDocument(each.stored.record, each.stored.position);
    if (isFinal(each.run.state.status)) return;
  }
}
