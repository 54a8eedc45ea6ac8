import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import { parseJsonText } from '../../../events/json-text.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import type { AttemptLog } from '../../../events/task-events.ts';
import { receiptOf } from '../../../machines/audit/receipt.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { isTooDeep, valueDepthMax } from '../../../machines/expressions/evaluate/json-size.ts';
import type { Rendered } from '../../../machines/expressions/template.ts';
import { misfitOf } from '../../../machines/language/input-value.ts';
import { misfitOfOutput } from '../../../machines/run/decide/decide-attempt.ts';
import { reservedKey } from '../../../machines/run/record/claim-check.ts';
import { errorData, render } from '../../../machines/run/render.ts';
import type { Run } from '../../../machines/run/run.ts';
import { withNames } from '../../../machines/task-names.ts';
import { delay } from '../../lib/deadline.ts';
import { retryUntilDone } from '../../lib/retry.ts';
import { messageOf } from '../../lib/text.ts';
import { BlobUnavailable } from '../../ports/runs/blob-store.ts';
import type { Roster } from '../../ports/work/agent-admin.ts';
import { TaskError } from '../../ports/work/handler.ts';
import { withBlobs } from '../run/resolve-blobs.ts';
import type { AttemptStop, AttemptsDeps, Entry } from './attempt-entry.ts';

/** Delay before a large value is requested again while its store is unreachable. */
const stallMs = 1_000;

/** Runs `act`, which may read large values. While their store is unreachable, the attempt waits. */
export async function whileStoreAway<T>(
  of: { readonly run: Run; readonly stop: Pick<AttemptStop, 'isTold'> },
  { blobs, clock, onTrouble }: Pick<AttemptsDeps, 'blobs' | 'clock' | 'onTrouble'>,
  act: () => T | Promise<T>,
): Promise<T> {
  return retryUntilDone(
    // The run may be reloaded meanwhile: a value has to be loaded into the current one.
    () => withBlobs(blobs, () => of.run, act),
    async (error) => {
      if (!(error instanceof BlobUnavailable) || of.stop.isTold()) throw error;
      onTrouble(of.run.state.run, error);
      await delay(clock, stallMs);
    },
  );
}

/** The output of a task: its result, shaped and written as the definition says. */
export async function outputOf(
  { run, task, address, attempt }: Pick<Entry, 'run' | 'task' | 'address' | 'attempt'>,
  made: unknown,
  { outputs, work }: Pick<AttemptsDeps, 'outputs' | 'work'>,
): Promise<Json> {
  const result = toJson(made);
  if (work !== undefined) holdToSkill({ run, task, address }, result, work.roster);
  const templates = run.chart.templates.get(task.id);
  const output =
    templates?.output === undefined ? result : rendered(render(run, templates.output, { address, result }));
  // What is not as the task returns it fails the attempt: no file holds it.
  if (templates?.outputTo !== undefined && misfitOfOutput(run, address, output) === undefined) {
    const kept = task.receipt === true ? receiptOf(run, { task: address, attempt }, output) : output;
    await outputs.write(pathOf(run, render(run, templates.outputTo, { address, result })), kept);
  }

  return output;
}

/** Whoever has a skill gives what agents.yaml says of it; of several skills nobody can say which the result is of. */
function holdToSkill(
  { run, task, address }: Pick<Entry, 'run' | 'task' | 'address'>,
  result: Json,
  { returns }: Pick<Roster, 'returns'>,
): void {
  if (task.type !== 'SIMPLE') return;
  const { performer } = withNames(task, taskAt(run.state, address)?.names);
  const [skill = '', ...others] = performer.kind === 'skills' ? performer.skills : [];
  const rules = others.length === 0 && skill !== '' ? returns(skill) : undefined;
  const misfit = rules === undefined ? undefined : misfitOf(result, rules);
  if (misfit === undefined) return;
  const message = `what ${address} gave is not what agents.yaml says that "${skill}" returns: ${misfit}`;
  throw new TaskError('output.mismatch', message, { retryable: true });
}

/** Whether the output is what was printed on standard output, as JSON or as a text. */
export function isPrinted(output: Json, { stdout }: AttemptLog = {}): boolean {
  if (typeof stdout !== 'string') return false;
  if (canonicalJson(output) === canonicalJson({ stdout: stdout.trim() })) return true;
  try {
    return canonicalJson(parseJsonText(stdout)) === canonicalJson(output);
  } catch {
    return false;
  }
}

function pathOf(run: Run, result: Rendered): string {
  const path = rendered(result);
  if (typeof path === 'string' && path !== '') return path;

  throw new TaskError(
    'output.no-path',
    `output_to of ${run.state.run} gives ${JSON.stringify(path)}, not a path`,
  );
}

/** The value of a template. Throws TaskError. */
export function rendered(result: Rendered): Json {
  if (result.ok) return result.value;
  const { code, message, details } = errorData(result.error);

  throw new TaskError(code, message, details === undefined ? {} : { details });
}

/** Converts a result to plain JSON at once, so that the state equals the fold of its record. */
function toJson(result: unknown): Json {
  const value = parsed(result);
  if (isTooDeep(value))
    throw new TaskError('output.too-deep', `the result is nested deeper than ${valueDepthMax} levels`);
  const reserved = reservedKey(value);
  if (reserved !== undefined)
    throw new TaskError(
      'output.reserved',
      `the result has a key that only the journal may use, at ${reserved}`,
    );

  return value;
}

function parsed(result: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(result ?? null)) as Json;
  } catch (error) {
    throw new TaskError('output.not-json', `the result is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** Why an attempt failed, as its run records it. */
export function attemptErrorOf(error: unknown): ErrorData {
  if (error instanceof TaskError) {
    const { code, message, retryable, details } = error;
    return { code, message, retryable, ...(details === undefined ? {} : { details }) };
  }
  // An unexpected error may be transient: it counts as retryable.
  return { code: codeOf(error), message: messageOf(error), retryable: true };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'task.error';
}
