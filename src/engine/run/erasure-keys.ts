import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { Chart } from '../../../machines/chart/chart.ts';
import type { RunState } from '../../../machines/chart/run/run-state.ts';
import type { SealedParts } from '../../../machines/chart/sealed-parts.ts';
import { localId } from '../../../machines/chart/task-at.ts';
import type { FeatureRefusal } from '../../../machines/feature-gates.ts';
import type { Command, Refusal } from '../../../machines/run/decide/command.ts';
import { erasureSubject } from '../../../machines/run/initial-variables.ts';
import { unclaimed } from '../../../machines/run/record/claim-check.ts';
import { opened } from '../../../machines/run/record/open-sealed.ts';
import type { Run, Sealing } from '../../../machines/run/run.ts';
import type { SubjectKeys } from '../../ports/access/subject-keys.ts';
import type { BlobStore } from '../../ports/runs/blob-store.ts';
import { contentOf, withBlobs } from './resolve-blobs.ts';

type KeysDeps = { readonly subjectKeys?: SubjectKeys | undefined };
type FirstCommand = Extract<Command, { kind: 'startRun' | 'forkRun' }>;
type Inputs = Readonly<Record<string, Json>>;

/** Longer texts are no names of anybody. */
const subjectCharactersMax = 500;

/** The first command of a run with the key of its subject named in it, and the key; or why there is none. */
export type Keyed =
  | { readonly ok: true; readonly command: FirstCommand; readonly sealing?: Sealing }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * What a run is begun with whose definition marks values to be sealed. What goes on from another run, or answers to
 * one, has the key of that, unless its definition says whose its values are.
 */
export async function keyedCommand(
  { subjectKeys, featureRefusal }: KeysDeps & { readonly featureRefusal?: FeatureRefusal },
  chart: Chart,
  command: FirstCommand,
): Promise<Keyed> {
  const { run } = command;
  const given = givenKey(command);
  if (chart.sealed === undefined && (command.kind === 'startRun' || given === undefined))
    return { ok: true, command: withKey(command, undefined) };
  if (subjectKeys === undefined)
    return refused('erasure.no-keys', 'its values are to be sealed, and this engine has no keys');
  const refusal = await featureRefusal?.('sealed');
  if (refusal !== undefined) return { ok: false, refusal };
  if (given !== undefined && (command.kind === 'forkRun' || chart.erasureKey === undefined)) {
    return keyedByGiven({ subjectKeys }, { chart, command, given });
  }
  const input = command.input ?? (command.kind === 'forkRun' ? stateOf(command).input : {});
  const subject = erasureSubject(chart, run, input);
  if (!subject.ok) return refused(subject.error.code, subject.error.message);
  const { value = ownSubject(run) } = subject;
  if (value.trim() === '' || value.length > subjectCharactersMax) {
    const message = `erasure_key gives ${value.trim() === '' ? 'an empty text' : `${value.length} characters`}: 1 to ${subjectCharactersMax} are expected`;
    return refused('erasure.bad-subject', message);
  }
  const sealing = await subjectKeys.of(value, run);

  return { ok: true, command: withKey(command, sealing.key), sealing };
}

async function keyedByGiven(
  deps: { readonly subjectKeys: SubjectKeys },
  {
    chart,
    command,
    given,
  }: { readonly chart: Chart; readonly command: FirstCommand; readonly given: string },
): Promise<Keyed> {
  const { run } = command;
  const sealing = await deps.subjectKeys.named(given, run);
  const input = command.kind === 'forkRun' ? command.input : undefined;
  const refusal = await otherSubject(deps, { chart, run, input, sealing });

  return refusal === undefined
    ? { ok: true, command: withKey(command, given), sealing }
    : { ok: false, refusal };
}

/**
 * What goes on from another run, or from itself, seals with the key that this has: values of somebody else would be
 * erased with it, and not with their own. Undefined where the new input is of the same subject.
 */
async function otherSubject(
  { subjectKeys }: { readonly subjectKeys: SubjectKeys },
  asked: {
    readonly chart: Chart;
    readonly run: string;
    readonly input: Inputs | undefined;
    readonly sealing: Sealing;
  },
): Promise<Refusal | undefined> {
  const { chart, run, input, sealing } = asked;
  if (input === undefined || chart.erasureKey === undefined || sealing.erasedAt !== undefined)
    return undefined;
  const subject = erasureSubject(chart, run, opened({ sealing }, input) as Inputs);
  if (!subject.ok) return { code: subject.error.code, message: subject.error.message };
  if ((await subjectKeys.keysOf(subject.value ?? '')).includes(sealing.key)) return undefined;
  const message =
    'erasure_key gives another subject by this input, and what goes on from a run seals with the key of its subject; start a run of its own';

  return { code: 'erasure.other-subject', message };
}

/** Why a run may not be carried out again with this input: that it is of another subject. */
export async function refusedRerun(
  { subjectKeys }: KeysDeps,
  { chart, state, aside }: Run,
  command: Command,
): Promise<Refusal | undefined> {
  const { sealing } = aside;
  if (command.kind !== 'rerun' || subjectKeys === undefined || sealing === undefined) return undefined;

  return otherSubject({ subjectKeys }, { chart, run: state.run, input: command.input, sealing });
}

/** The subject of a run whose definition names none. */
function ownSubject(run: string): string {
  return `run:${run}`;
}

/** Only another run says which key is meant: nobody else knows one by its name. */
function givenKey(command: FirstCommand): string | undefined {
  if (command.kind === 'forkRun') return stateOf(command).erasureKey;

  return (command.parent ?? command.failureOf) === undefined ? undefined : command.erasureKey;
}

function withKey(command: FirstCommand, erasureKey: string | undefined): FirstCommand {
  if (command.kind === 'startRun') return { ...command, erasureKey };

  return erasureKey === undefined
    ? command
    : { ...command, state: { ...stateOf(command), erasureKey } as unknown as Json };
}

function stateOf({ state }: Extract<FirstCommand, { kind: 'forkRun' }>): RunState {
  return state as unknown as RunState;
}

function refused(code: string, message: string): Keyed {
  return { ok: false, refusal: { code, message } };
}

/** Values of another run, with what is large or sealed in them as it is. Rejects with ValueErased. */
export async function openedElsewhere<Value extends Json>(
  { blobs, subjectKeys }: KeysDeps & { readonly blobs: BlobStore },
  erasureKey: string | undefined,
  value: Value,
): Promise<Value> {
  if (erasureKey === undefined || subjectKeys === undefined) return value;
  const sealing = await subjectKeys.named(erasureKey);
  const { value: whole = null } = await contentOf(blobs, { value });

  return opened({ sealing }, whole) as Value;
}

/** Whether what the task is given, and gives, is recorded sealed. */
export function isSealedTask({ chart, state }: Run, address: string): boolean {
  const { sealed } = chart;
  if (sealed === undefined) return state.erasureKey !== undefined;

  return sealed.all || sealed.tasks.has(localId(address));
}

/** The first input that a run of the definition would record as it is given; undefined where all are sealed. */
export function openInput(sealed: SealedParts | undefined, input: Inputs): string | undefined {
  return Object.keys(input).find((name) => sealed?.inputs.has(name) !== true);
}

/** What a child run is asked for with: what is sealed here is opened, since that run seals with a key of its own. */
export async function inputToSend(
  { blobs }: { readonly blobs: BlobStore },
  run: Run,
  input: Inputs,
): Promise<Inputs> {
  if (run.aside.sealing === undefined) return input;

  return withBlobs(
    blobs,
    () => run,
    () => unclaimed(run, input) as Inputs,
  );
}

/** The key that runs have as well which are a part of this one, or answer its failure. */
export function keyOf({ erasureKey }: Pick<RunState, 'erasureKey'>): Pick<RunState, 'erasureKey'> {
  return erasureKey === undefined ? {} : { erasureKey };
}

export function openChild(definition: string, input: string): ErrorData {
  return {
    code: 'child.open-input',
    message: `the input ${input} of ${definition} would be recorded as it is, and is sealed here; mark it \`pii: true\` there, or the whole \`payloads: sealed\``,
    retryable: false,
  };
}

/** What a child run gave that seals its values comes to a task that does as well, or fails it. */
export function keptSealed<End extends { readonly isSealed?: true }>(run: Run, task: string, end: End) {
  const { isSealed = false, ...told } = end;
  if (!isSealed || isSealedTask(run, task)) return told;
  const message = `the run that carried out ${task} seals its values, and ${task} would record them as they are; mark it \`pii: true\``;

  return { status: 'FAILED' as const, error: { code: 'child.sealed-output', message, retryable: false } };
}
