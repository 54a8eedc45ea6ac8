import { stat } from 'node:fs/promises';
import type { RunCommand } from '../../../machines/task-common.ts';
import { FileFailure } from '../../files/file-failure.ts';
import { PathRefused } from '../../files/path-refused.ts';
import { resolveInProject } from '../../files/project-path.ts';
import { type Attempt, type Handler, TaskError } from '../../ports/handler.ts';
import { childEnvironment } from './child-environment.ts';
import { commandFailure } from './command-failure.ts';
import { callsFunction, commandLine } from './command-line.ts';
import { openCommandNotes } from './command-notes.ts';
import { parseOutput } from './parse-output.ts';
import { asciiJson } from './pwsh-function.ts';
import { type ChildOutcome, type ChildPlan, runChild } from './run-child.ts';

/** How long a command may take to end by itself once it was asked to. */
const graceMsDefault = 2000;

/**
 * Carries attempts out by running a command: the task's input (or the `stdin` template) comes in as JSON on standard
 * input, the result goes out on standard output. When the attempt ends, however it ends, so does everything the
 * command started; what an engine that was killed left running ends before the task is tried again.
 */
export function createCommandHandler(run: RunCommand, options: { readonly graceMs?: number } = {}): Handler {
  return async (attempt) => {
    const line = commandLine(run, attempt);
    const outcome = await runNoted(attempt, {
      ...line,
      cwd: await workingFolder(run, attempt),
      env: { ...childEnvironment(run, attempt), ...line.env },
      stdin: stdinText(run, attempt),
      graceMs: options.graceMs ?? graceMsDefault,
      timeoutMs: run.timeoutMs,
      signal: attempt.signal,
      heartbeat: attempt.heartbeat,
    });
    const failure = commandFailure(line.file, outcome);
    if (failure !== undefined) throw failure;

    return parseOutput(outcome.stdout);
  };
}

/** Runs a child with a note about it, for as long as it runs. A child that cannot be noted is ended at once. */
async function runNoted(attempt: Attempt, plan: Omit<ChildPlan, 'onStarted'>): Promise<ChildOutcome> {
  const notes = await openCommandNotes(attempt);
  await notes.endLeftovers(plan.graceMs);

  const unnoted = new AbortController();
  const onStarted = (pid: number) => {
    try {
      notes.add(pid);
    } catch (error) {
      unnoted.abort(error);
    }
  };
  const signal = AbortSignal.any([plan.signal, unnoted.signal]);
  try {
    const outcome = await runChild({ ...plan, signal, onStarted });
    if (unnoted.signal.aborted) throw unnoted.signal.reason;
    return outcome;
  } finally {
    notes.remove();
  }
}

function stdinText(run: RunCommand, attempt: Attempt): string {
  const value = run.stdin === undefined ? attempt.input : attempt.render(run.stdin);
  if (callsFunction(run)) return asciiJson(value);

  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A missing folder would look like a missing program, so it is told apart before anything is started. */
async function workingFolder(run: RunCommand, { render, projectDir }: Attempt): Promise<string> {
  if (run.cwd === undefined) return projectDir;

  const cwd = render(run.cwd);
  if (typeof cwd !== 'string') throw noFolder(JSON.stringify(cwd));
  try {
    const path = await resolveInProject(projectDir, cwd);
    if ((await stat(path)).isDirectory()) return path;
  } catch (error) {
    if (error instanceof PathRefused || error instanceof FileFailure) {
      throw new TaskError(error.code, error.message, { retryable: error.retryable, cause: error });
    }
    throw noFolder(cwd, error);
  }

  throw noFolder(cwd);
}

function noFolder(cwd: string, cause?: unknown): TaskError {
  return new TaskError('command.no-folder', `the command's cwd ${cwd} is no folder of the project`, {
    cause,
  });
}
