import type { Json } from '../../events/canonical-json.ts';
import type { ErrorData } from '../../events/error-data.ts';
import { taskAt } from '../../machines/compile/task-at.ts';
import { parsedTemplate } from '../../machines/compile/templates.ts';
import type { Rendered } from '../../machines/expressions/template.ts';
import { depthMax, isTooDeep } from '../../machines/json-depth.ts';
import { reservedKey } from '../../machines/run/claim-check.ts';
import type { Command } from '../../machines/run/command.ts';
import { errorData, render, renderInput } from '../../machines/run/render.ts';
import type { Run } from '../../machines/run/run.ts';
import { BlobUnavailable } from '../ports/blob-store.ts';
import { type Attempt, type Handler, TaskError } from '../ports/handler.ts';
import { messageOf } from '../ports/message-of.ts';
import { type AttemptsDeps, type Entry, isPerformed } from './attempt-entry.ts';
import { withBlobs } from './with-blobs.ts';

/** How long a large value waits before it is asked for again while its store cannot be reached. */
const stallMs = 1_000;

/** Carries one attempt out, from the rendering of its input to the writing of its output. Never rejects. */
export async function carryOut(
  entry: Entry,
  performer: { readonly worker: string; readonly handler: Handler },
  deps: AttemptsDeps,
): Promise<Command> {
  const { clock } = deps;
  const { address, attempt, run, submit, task } = entry;
  const { worker } = performer;
  const startedAt = new Date(clock.now()).toISOString();
  const of = { task: address, attempt, worker, startedAt };
  const again = taskAt(run.state, address)?.state === 'in_progress';
  const start = () => void submit({ kind: 'startTask', task: address, attempt, worker, again });
  // An attempt that had begun in an engine that is gone begins anew, and says so at once: its time-outs start over.
  if (again) start();
  const announced = again || !isPerformed(task);
  const unannounce = announced ? () => undefined : clock.after(deps.startNoticeMs, start);

  try {
    // Templates are rendered before anything is done, so that a large value may be brought and the handler begin again.
    const result = await patiently(entry, deps, () => performer.handler(attemptOf(entry, deps)));
    // A handler that does not heed the signal may end long after the attempt did: its file would overwrite a newer one.
    if (entry.stop.isTold()) throw new TaskError('attempt.over', 'the attempt was over before it ended');
    const output = await patiently(entry, deps, () => outputOf(entry, toJson(result), deps));
    return { kind: 'completeTask', ...of, output };
  } catch (error) {
    return { kind: 'failTask', ...of, error: failureOf(error) };
  } finally {
    unannounce();
  }
}

/** Does something that may read large values. While their store cannot be reached, the attempt waits for it. */
async function patiently<T>(
  { run, stop }: Entry,
  { blobs, clock, onTrouble }: AttemptsDeps,
  act: () => T | Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await withBlobs(blobs, () => run, act);
    } catch (error) {
      if (!(error instanceof BlobUnavailable) || stop.isTold()) throw error;
      onTrouble(run.state.run, error);
      await new Promise<void>((resolve) => void clock.after(stallMs, resolve));
    }
  }
}

function attemptOf(entry: Entry, { projectDir, clock }: AttemptsDeps): Attempt {
  const { run, task, address, attempt, submit, stop } = entry;
  const id = run.state.run;
  const everyMs = (task.heartbeatTimeoutMs ?? 30_000) / 3;
  let beatAt = 0;

  return {
    run: id,
    task: address,
    attempt,
    key: `${id}/${address}/${attempt}`,
    input: rendered(renderInput(run, address)),
    projectDir,
    get signal() {
      return stop.signal();
    },
    // Heartbeats are events, so they are thinned: three in the time that one may be missing.
    heartbeat: (progress) => {
      const now = clock.now();
      if (now - beatAt < everyMs || stop.isTold()) return;
      beatAt = now;
      void submit({
        kind: 'heartbeat',
        task: address,
        attempt,
        ...(progress === undefined ? {} : { progress }),
      });
    },
    render: (template) => rendered(render(run, parsedTemplate(template), { address })),
  };
}

/** The output of the task: its result, reshaped as the definition says, and written where it says. */
async function outputOf({ run, task, address }: Entry, result: Json, deps: AttemptsDeps): Promise<Json> {
  const templates = run.chart.templates.get(task.id);
  const output =
    templates?.output === undefined ? result : rendered(render(run, templates.output, { address, result }));
  if (templates?.outputTo !== undefined) {
    await deps.outputs.write(pathOf(run, render(run, templates.outputTo, { address, result })), output);
  }

  return output;
}

function pathOf(run: Run, result: Rendered): string {
  const path = rendered(result);
  if (typeof path === 'string' && path !== '') return path;

  throw new TaskError(
    'output.no-path',
    `output_to of ${run.state.run} gives ${JSON.stringify(path)}, not a path`,
  );
}

function rendered(result: Rendered): Json {
  if (result.ok) return result.value;
  const { code, message, details } = errorData(result.error);

  throw new TaskError(code, message, details === undefined ? {} : { details });
}

/** What a handler returns becomes part of a record: it is made JSON at the door, so that live state equals the fold. */
function toJson(result: unknown): Json {
  const value = parsed(result);
  if (isTooDeep(value))
    throw new TaskError('output.too-deep', `the result is nested deeper than ${depthMax} levels`);
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

function failureOf(error: unknown): ErrorData {
  if (error instanceof TaskError) {
    const { code, message, retryable, details } = error;
    return { code, message, retryable, ...(details === undefined ? {} : { details }) };
  }
  // An error nobody foresaw may pass: it counts as one that another attempt can overcome.
  return { code: codeOf(error), message: messageOf(error), retryable: true };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'task.error';
}
