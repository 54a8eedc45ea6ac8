import type { Json } from '../../../events/canonical-json.ts';
import type { RunStatus } from '../../../events/record.ts';
import { isFinal } from '../../../machines/chart/task-status.ts';
import type { InputOf, OutputOf } from '../../api/operations/operation.ts';
import type { Noun, Operations } from '../../api/operations/operations.ts';
import type { RunList, RunPage, RunResult } from '../../api/run.ts';
import type { EventDocument } from '../../api/run-parts.ts';
import type { RunListRequest, SqlAnswer, SqlQuestion } from '../../api/run-requests.ts';
import { pausing } from '../../lib/abort.ts';
import { backoffMs } from '../../lib/retry.ts';
import { systemClock } from '../system-clock.ts';
import {
  definitionText,
  type GivenDefinition,
  isDefinitionText,
  withFirstProblem,
} from './embedded-definitions.ts';
import { RunNotCompleted } from './run-ends.ts';
import type {
  AnyWorkflow,
  Startable,
  TypesOf,
  WithOptions,
  WorkflowId,
  WorkflowTypes,
} from './workflow-types.ts';

/** All that can be asked, by noun and verb: `runs.list`, `approvals.show`, ... */
export type OperationName = { [Name in Noun]: `${Name}.${keyof Operations[Name] & string}` }[Noun];

type Named<Name extends OperationName> = Name extends `${infer Of}.${infer Verb}`
  ? Of extends Noun
    ? Verb extends keyof Operations[Of]
      ? Operations[Of][Verb]
      : never
    : never
  : never;

/** Carries an operation out. What is refused rejects with an error that has a `code`. `gone`: nobody waits any more. */
export type Ask = <Name extends OperationName>(
  operation: Name,
  input: InputOf<Named<Name>>,
  gone?: AbortSignal,
) => Promise<OutputOf<Named<Name>>>;

export type StartOptions = {
  /** The same start with the same key is carried out once, whatever engines come and go. */
  readonly idempotencyKey?: string;
  /** Resolves when the run has ended, however it did, in place of when it has begun. */
  readonly wait?: boolean;
};

/** What a run of a definition gives, and the signals that it waits for. */
export type RunHandle<Types extends WorkflowTypes = AnyWorkflow> = {
  readonly id: string;
  /** The output of the run when it has completed. Rejects with RunNotCompleted where it has ended otherwise. */
  result(): Promise<Types['output']>;
  /** How it is now: the document that `workflow show --json` and HTTP give. */
  status(): Promise<RunPage>;
  signal<Name extends keyof Types['signals'] & string>(
    name: Name,
    ...given: WithOptions<Types['signals'][Name], { readonly id?: string }>
  ): Promise<void>;
  /** Ends it in order: what it did is undone. */
  cancel(reason?: string): Promise<void>;
  /** Its events from the first on, as items of `workflow history --json`, until it has ended or the signal aborts. */
  watch(signal?: AbortSignal): AsyncIterable<EventDocument>;
};

/** What a program asks of the runs of a namespace: the same of a client and of an engine in the program. */
export type Client = {
  /**
   * Starts a run of a definition: a YAML text, the same as a value, or the id of one that is registered (`id@version`
   * for one version).
   */
  start<Of extends GivenDefinition>(
    definition: Startable<Of>,
    ...given: WithOptions<TypesOf<Of>['input'], StartOptions>
  ): Promise<RunHandle<TypesOf<Of>>>;
  /** A run by its id, whoever started it; with the id of its definition as type, what that gives is known. */
  run<Of extends WorkflowId = never>(id: string): RunHandle<TypesOf<Of>>;
  /** A page of all runs of the namespace, as `workflow list --json` and HTTP give it. */
  list(query?: RunListRequest): Promise<RunList>;
  /** A question in SQL about all runs, as `workflow query`. */
  query(sql: string, options?: Omit<SqlQuestion, 'sql'>): Promise<SqlAnswer>;
  /** Anything else that can be asked over HTTP or on the command line, by its name in the reference. */
  readonly ask: Ask;
  close(): Promise<void>;
};

/** How a client reaches the runs. */
export type Transport = {
  readonly ask: Ask;
  /** The events of a run from the first on, as they come, until the signal aborts. */
  events(run: string, signal: AbortSignal): AsyncIterable<EventDocument>;
  /** Whether the same may be answered later: what is waited for goes on. */
  isPassing(error: unknown): boolean;
  close(): Promise<void>;
};

/** A client has been closed. The reaction: connect again. */
export class ClientClosed extends Error {
  override readonly name = 'ClientClosed';
  readonly code = 'client.closed';

  constructor(options?: ErrorOptions) {
    super('this client was closed: nothing is asked of it any more', options);
  }
}

/** A definition that is given as a text or a value is called this in messages. */
const textFile = 'definition';
const rememberedMax = 1_000;
const again = { firstMs: 250, mostMs: 10_000 };

/** What is the same however the runs are reached. */
export function createClient({ ask: carryOut, events, isPassing, close }: Transport): Client {
  const published = new Map<string, Promise<string>>();
  const gone = new AbortController();
  let closing: Promise<void> | undefined;

  const ask: Ask = async (operation, input) => {
    if (closing !== undefined) throw new ClientClosed();

    return carryOut(operation, input).catch(failed);
  };

  /** What fails while the client is being closed fails because of it. */
  function failed(error: unknown): never {
    throw closing === undefined || error instanceof ClientClosed ? error : new ClientClosed({ cause: error });
  }

  /** The name of a definition: a text is registered first, as by `workflow definitions publish`. */
  function nameOf(given: GivenDefinition): Promise<string> {
    const text = definitionText(given);
    if (!isDefinitionText(text)) return Promise.resolve(text);
    const known = published.get(text) ?? publish(text);
    published.set(text, known);
    const [oldest] = published.keys();
    if (published.size > rememberedMax && oldest !== undefined) published.delete(oldest);

    return known;
  }

  function publish(text: string): Promise<string> {
    return ask('definitions.publish', { text, file: textFile, runsMax: 0 }).then(
      ({ definition: { id, version } }) => `${id}@${version}`,
      (error: unknown) => {
        published.delete(text);
        throw withFirstProblem(error);
      },
    );
  }

  async function* watched(run: string, signal?: AbortSignal): AsyncGenerator<EventDocument> {
    const over = AbortSignal.any([gone.signal, ...(signal === undefined ? [] : [signal])]);
    if (closing !== undefined) throw new ClientClosed();
    try {
      for await (const event of events(run, over)) {
        yield event;
        if (isOver(event.status)) return;
      }
    } catch (error) {
      failed(error);
    }
    if (gone.signal.aborted && signal?.aborted !== true) throw new ClientClosed();
  }

  /** A run goes on whatever becomes of the connection: it is waited for as long as it takes. */
  async function ended(run: string): Promise<RunResult> {
    for (let failures = 0; ; ) {
      try {
        const result = await ask('runs.result', { run });
        if (isOver(result.status)) return result;
        for await (const _ of watched(run)) failures = 0;
      } catch (error) {
        if (!isPassing(error)) throw error;
        await pausing(systemClock, backoffMs(again, failures), gone.signal);
        failures += 1;
      }
    }
  }

  function handle(id: string): RunHandle {
    const command = async (asked: Parameters<typeof commandOf>[1]): Promise<void> =>
      void (await ask('runs.command', commandOf(id, asked)));

    return {
      id,
      result: async () => outputOf(await ended(id)),
      status: () => ask('runs.show', { run: id }),
      signal: (name, data = null, { id: signalId } = {}) =>
        command({ kind: 'signal', name, data, ...(signalId === undefined ? {} : { id: signalId }) }),
      cancel: (reason) => command({ kind: 'cancelRun', ...(reason === undefined ? {} : { reason }) }),
      watch: (signal) => watched(id, signal),
    };
  }

  return {
    start: async (definition, input = {}, { idempotencyKey, wait = false }: StartOptions = {}) => {
      const { run } = await ask('runs.start', {
        ...{ definition: await nameOf(definition), input: { ...input } },
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
      if (wait) await ended(run);

      return handle(run);
    },
    run: handle,
    ...questionsOf(ask),
    ask,
    close: () => {
      closing ??= Promise.resolve().then(close);
      gone.abort();

      return closing;
    },
  };
}

/** What a client and an engine ask alike. */
export function questionsOf(ask: Ask): Pick<Client, 'list' | 'query'> {
  return {
    list: (query = {}) => ask('runs.list', query),
    query: (sql, options = {}) => ask('runs.query', { sql, ...options }),
  };
}

function commandOf(run: string, command: InputOf<Operations['runs']['command']>['command']) {
  return { run, command };
}

function isOver(status: string): boolean {
  return isFinal(status as RunStatus);
}

function outputOf(result: RunResult): Json {
  if (result.status !== 'COMPLETED') throw new RunNotCompleted(result);

  return result.output ?? null;
}
