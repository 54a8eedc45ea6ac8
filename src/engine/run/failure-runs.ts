import { isBlobRef } from '../../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import type { SealedParts } from '../../../machines/chart/sealed-parts.ts';
import { isCompleted } from '../../../machines/chart/task-status.ts';
import type { Definition } from '../../../machines/definition.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { type LoadedDefinition, loadDefinition } from '../../../machines/language/load-definition.ts';
import type { Command, Origin } from '../../../machines/run/decide/command.ts';
import { unclaimed } from '../../../machines/run/record/claim-check.ts';
import { childRun, hopsOf, type Run, requestersOf } from '../../../machines/run/run.ts';
import { outputOf } from '../../../machines/run/scope.ts';
import { messageOf } from '../../lib/text.ts';
import type { RunSecrets } from '../../ports/access/secrets.ts';
import {
  type DefinitionStore,
  DefinitionTaken,
  type StoredDefinition,
} from '../../ports/definitions/definition-store.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import type { Answer, RunCommand } from '../../ports/runs/workflows.ts';
import { type DraftDefinitions, definitionsSeenBy } from '../draft-definitions.ts';
import { type Charts, DefinitionMissing } from '../run-reader/charts.ts';
import { childInput } from './child-input.ts';
import { isTransientRefusal, NotStartedYet } from './command-traits.ts';
import { keyOf, openChild, openInput } from './erasure-keys.ts';
import { withBlobs } from './resolve-blobs.ts';

export type FailureRunsDeps = {
  readonly definitions: DefinitionStore;
  readonly drafts?: Pick<DraftDefinitions, 'seenBy'> | undefined;
  readonly charts: Charts;
  readonly blobs: BlobStore;
  readonly runSecrets: RunSecrets;
  readonly otherRuns: OtherRuns;
};

/** Most bytes of such a value that a request carries itself. */
const bytesMax = 64 * 1024;

const toldWhole: readonly string[] = ['original_input', 'original_outputs'];

type Inputs = Readonly<Record<string, Json>>;

/**
 * Starts the failure workflow of a run. If it cannot be started, that is recorded and changes nothing else. Rejects
 * only for transient reasons: unreachable stores and engines.
 */
export async function startFailureRun(deps: FailureRunsDeps, run: Run): Promise<Command> {
  const stored = await definitionFor(deps, run);
  if ('problem' in stored) return refused('failure-workflow.unknown', stored.problem);
  const chart = await deps.charts.byHash(stored.ref.hash).catch(asMissing);
  if (chart instanceof DefinitionMissing) return refused('failure-workflow.unreadable', chart.message);
  const id = childRun(run.state.run, 'failure workflow', run.sequence);
  const input = await withBlobs(
    deps.blobs,
    () => run,
    () =>
      childInput(deps.runSecrets, chart.definition, {
        child: id,
        value: inputFor(chart.definition, run),
        as: 'input',
        hidden: run.aside.hidden,
      }),
  );
  if (!input.ok) return refused(input.error.code, input.error.message);
  const plain = run.aside.sealing === undefined ? undefined : openOf(chart.sealed, input.value);
  if (plain !== undefined) {
    const { code, message } = openChild(stored.ref.id, plain);
    return refused(code, message);
  }
  const answer = await deps.otherRuns.start({
    run: id,
    hash: stored.ref.hash,
    // What is sealed must not be stored beside the journal as it is.
    input:
      run.aside.sealing === undefined
        ? await withBlobsOf(deps.blobs, asReferences(run, input.value))
        : input.value,
    failureOf: run.state.run,
    ...keyOf(run.state),
    hops: hopsOf(run.state),
    ...requestersOf(run),
    actor: 'engine',
  });
  if (!answer.ok && isTransientRefusal(answer.refusal)) throw new NotStartedYet(id, answer.refusal);
  if (!answer.ok) return refused(answer.refusal.code, answer.refusal.message);

  return { kind: 'noteFailureWorkflow', run: id, definition: stored.ref };
}

/**
 * The parts of the failed run's input and of its failure that the failure workflow declares. Secrets go only to
 * inputs marked as secret.
 */
function inputFor({ input: declared }: Pick<Definition, 'input'>, run: Run): Inputs {
  const { input, error, run: id, failedTask } = run.state;
  const own = run.chart.definition.input;
  const details = error?.details === undefined ? {} : { details: error.details };
  const told = error === undefined ? null : { code: error.code, message: error.message, ...details };
  const open = Object.entries(input).filter(([name]) => own[name]?.secret !== true);
  const secret = Object.entries(run.aside.secretInput).filter(([name]) => declared[name]?.secret === true);
  const original = unclaimed(run, Object.fromEntries(open)) as Inputs;
  const known = {
    error: unclaimed(run, told),
    original_run_id: id,
    failed_task: failedTask ?? null,
    original_input: original,
    // Others may be large, and nobody asked for them.
    ...(Object.hasOwn(declared, 'original_outputs') ? { original_outputs: outputsOf(run) } : {}),
  };
  const all = [...Object.entries(original), ...secret];

  return Object.fromEntries(
    [...all, ...Object.entries(known)].filter(([name]) => Object.hasOwn(declared, name)),
  );
}

/** The first input that would be recorded as it is, besides what says nothing of values. */
function openOf(sealed: SealedParts | undefined, input: Inputs): string | undefined {
  const { original_run_id: _run, failed_task: _task, ...values } = input;

  return openInput(sealed, values);
}

/** What the tasks that completed gave, by their ids. */
function outputsOf(run: Run): Inputs {
  const completed = Object.entries(run.state.tasks).filter(
    ([, task]) => isCompleted(task) && task.output !== undefined,
  );

  return Object.fromEntries(completed.map(([id, { output = null }]) => [id, outputOf(run, output)]));
}

/** What was put together here is large where its parts are: it is stored first, and sent as a reference, too. */
async function withBlobsOf(blobs: BlobStore, input: Inputs): Promise<Inputs> {
  const sent: Record<string, Json> = {};
  for (const [name, value] of Object.entries(input)) {
    const text = canonicalJson(value);
    const bytes = Buffer.byteLength(text);
    if (!toldWhole.includes(name) || bytes <= bytesMax) {
      sent[name] = value;
      continue;
    }
    const digest = sha256Hex(text);
    await blobs.put({ digest, text });
    sent[name] = { $blob: { digest, bytes } };
  }

  return sent;
}

/** Large values are sent as references: a request is limited to one message. */
function asReferences({ state }: Run, input: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      const given = state.input[name];
      return [name, isBlobRef(given) ? given : value];
    }),
  );
}

function asMissing(error: unknown): DefinitionMissing {
  if (error instanceof DefinitionMissing) return error;
  throw error;
}

async function definitionFor(
  deps: FailureRunsDeps,
  { chart }: Run,
): Promise<StoredDefinition | { readonly problem: string }> {
  const { failureWorkflow } = chart.definition;
  const definitions = await definitionsSeenBy(deps, chart);
  const named = failureWorkflow?.id ?? '';
  if (failureWorkflow?.kind !== 'inline') {
    const stored = await definitions.byId(named);
    return stored ?? { problem: `no definition "${named}" is registered` };
  }
  const whole = await definitions.byHash(chart.ref.hash);
  const text = whole === undefined ? undefined : loaded(whole.text)?.failureText;
  const failure = text === undefined ? undefined : loaded(text);
  if (failure === undefined) return { problem: `the workflow "${named}" cannot be made of its definition` };

  return register(definitions, failure);
}

/** Another definition may have a failure workflow of the same id: the content then makes the id unique. */
async function register(
  definitions: DefinitionStore,
  { ref, text }: LoadedDefinition,
): Promise<StoredDefinition | { readonly problem: string }> {
  const stored = { ref, text, file: `${ref.id}.json` };
  try {
    await definitions.register(stored);
    return stored;
  } catch (error) {
    if (!(error instanceof DefinitionTaken)) throw error;
    const renamed = loaded(
      text.replace(idIn(ref.id), idIn(`${ref.id.slice(0, 50)}-${ref.hash.slice(0, 8)}`)),
    );
    if (renamed === undefined) return { problem: messageOf(error) };
    await definitions.register({ ref: renamed.ref, text: renamed.text, file: `${renamed.ref.id}.json` });

    return { ref: renamed.ref, text: renamed.text, file: `${renamed.ref.id}.json` };
  }
}

/** The id of a workflow in canonical JSON, where it is the first member. */
function idIn(id: string): string {
  return `"workflow":{"id":${JSON.stringify(id)}`;
}

function loaded(content: string): LoadedDefinition | undefined {
  const result = loadDefinition({ file: 'failure workflow', content, isAccepted: true });

  return result.ok ? result.loaded : undefined;
}

function refused(code: string, message: string): Command {
  return { kind: 'noteFailureWorkflow', error: { code, message, retryable: false } };
}

/** Requests about runs of any engine. All reject with NoEngine, JournalUnavailable. */
export type OtherRuns = {
  /** Starts the run; repeating the id repeats the request. */
  readonly start: (
    request: {
      readonly run: string;
      readonly hash: string;
      readonly input: Readonly<Record<string, Json>>;
      readonly actor: string;
    } & Origin,
  ) => Promise<Answer>;
  /** Works on the run here, now or once no other engine does. */
  readonly workOn: (run: string) => Promise<unknown>;
  readonly command: (run: string, command: RunCommand, actor: string) => Promise<Answer>;
};
