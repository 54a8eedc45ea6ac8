import { isUtf8 } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../events/json-text.ts';
import { howToInstall } from '../../machines/language/world/names.ts';
import type { RunCommand } from '../../machines/task.ts';
import { FileFailure } from '../files/file-failure.ts';
import { PathRefused } from '../files/path-segments.ts';
import { resolveInProject } from '../files/project-path.ts';
import { errorLine } from '../lib/error-line.ts';
import { outOfFilesText } from '../lib/text.ts';
import { type Attempt, type Handler, TaskError } from '../ports/work/handler.ts';
import { openCommandNotes } from './command-notes.ts';
import { asciiJson, pwshCall } from './pwsh-function.ts';
import { type ChildOutcome, type ChildPlan, runChild } from './run-child.ts';

/** What a child sees of our own environment. Everything else (credentials, addresses) stays here. */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'] as const;

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
      details: attempt.details,
      printing: attempt.printing,
    });
    if (outcome.log !== undefined) attempt.log(outcome.log);
    const failure = commandFailure(line.file, outcome, run.errors);
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

/** The whole environment of a child: the allow-list, what the definition sets, and who it works for. */
function childEnvironment(run: RunCommand, attempt: Attempt): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, template] of Object.entries(run.env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new TaskError(
        'command.invalid',
        `${JSON.stringify(name)} is no name for an environment variable`,
      );
    }
    environment[name] = argumentText(attempt.render(template));
  }

  return {
    ...environment,
    WORKFLOW_RUN: attempt.run,
    WORKFLOW_TASK: attempt.task,
    WORKFLOW_ATTEMPT: String(attempt.attempt),
    WORKFLOW_KEY: attempt.key,
    WORKFLOW_ATTEMPT_KEY: attempt.attemptKey,
    ...(attempt.lastDetails === undefined
      ? {}
      : { WORKFLOW_LAST_DETAILS: JSON.stringify(attempt.lastDetails) }),
  };
}

/** What went wrong with a command; undefined when it exited with 0. `file` names it in messages. */
function commandFailure(
  file: string,
  outcome: ChildOutcome,
  errors: RunCommand['errors'] = {},
): TaskError | undefined {
  const { ended, notStarted, exitCode, killedBy, stderr, report } = outcome;
  if (notStarted !== undefined) return notStartedError(file, notStarted);
  if (ended !== undefined) return endedError(file, ended, outcome);
  // A command that named its error has failed, whatever it exited with.
  const named = report?.error();
  if (named !== undefined) return named;
  if (exitCode === 0) return undefined;

  const line = errorLine(stderr);
  const said = line === '' ? 'and wrote nothing on standard error' : `saying: ${line.slice(0, 500)}`;
  if (killedBy !== undefined) {
    return new TaskError('command.signal', `${file} was ended by ${killedBy} ${said}`, {
      retryable: true,
      details: { signal: killedBy, stderr },
    });
  }

  return new TaskError(
    errors[String(exitCode)] ?? 'command.exit',
    `${file} exited with code ${exitCode} ${said}`,
    {
      retryable: true,
      details: { exit_code: exitCode ?? null, stderr },
    },
  );
}

function missingText(file: string): string {
  const how = howToInstall[file];

  return `there is no program ${file}; ${how ?? 'is it installed and on PATH?'}`;
}

function notStartedError(file: string, reason: string): TaskError {
  switch (reason) {
    case 'ENOENT':
      return new TaskError('command.not-found', missingText(file));
    case 'EACCES':
      return new TaskError('command.not-executable', `${file} may not be executed; is its x permission set?`);
    case 'EMFILE':
    case 'ENFILE':
      return new TaskError('command.too-many-files', `${file} could not be started: ${outOfFilesText}`, {
        retryable: true,
      });
    case 'E2BIG':
      return new TaskError('command.too-long', `the arguments of ${file} are too long; give them on stdin`);
    default:
      return new TaskError('command.not-started', `${file} could not be started (${reason})`, {
        retryable: true,
      });
  }
}

function endedError(
  file: string,
  ended: NonNullable<ChildOutcome['ended']>,
  { stderr, timeoutMs }: ChildOutcome,
): TaskError {
  const details = stderr === '' ? {} : { stderr };
  switch (ended) {
    case 'aborted':
      return new TaskError('command.cancelled', `${file} was ended with its attempt`, {
        retryable: true,
        details,
      });
    case 'timeout':
      return new TaskError('command.timeout', `${file} was ended after ${timeoutMs} ms`, {
        retryable: true,
        details: { ...details, timeout_ms: timeoutMs ?? null },
      });
    case 'too-large':
      return new TaskError(
        'command.output-too-large',
        `${file} wrote more than 1 MiB on standard output; write to a file and print its path`,
        stderr === '' ? {} : { details },
      );
  }
}

/** What is started: a file and its arguments, each as the program gets it, never a line for a shell to split. */
type CommandLine = {
  readonly file: string;
  readonly args: readonly string[];
  /** What is started is told by these, too. */
  readonly env?: Readonly<Record<string, string>>;
};

/**
 * Renders a command. With a shell, the first element is the script and the others are its `$1`, `$2`, ...; with pwsh
 * it is the path of a script file, and a second one a function in it. Throws TaskError for what cannot be started.
 */
function commandLine(run: RunCommand, attempt: Attempt): CommandLine {
  const [first, ...args] = run.command.map((part) => argumentText(attempt.render(part)));
  if (first === undefined || first.trim() === '') throw invalid('it is empty');
  const { shell } = run;
  if (shell === undefined) {
    if (/\.(bat|cmd)$/i.test(first))
      throw invalid('batch files read their arguments as code; use pwsh or node');
    return { file: first, args };
  }
  if (shell === 'pwsh') {
    const [name] = args;
    if (callsFunction(run) && name !== undefined) return { file: shell, ...pwshCall(first, name) };
    return { file: shell, args: ['-NoProfile', '-NonInteractive', '-File', first, ...args] };
  }

  refuseInterpolation(run.command[0]);
  return { file: shell, args: ['-c', first, shell, ...args] };
}

/** Whether the command is a function of a PowerShell script, which gets its input as an object. */
function callsFunction({ shell, command }: RunCommand): boolean {
  return shell === 'pwsh' && command.length === 2;
}

/** The text that a rendered value has on a command line or in the environment: text as it is, the rest as JSON. */
function argumentText(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.includes('\0')) throw invalid('an argument or environment value holds a NUL character');

  return text;
}

/** A value put into a script would be run as code, so it may only come in as an argument or by the environment. */
function refuseInterpolation(script: Json | undefined): void {
  if (typeof script !== 'string' || !/(^|[^$])\$\{/.test(script)) return;
  throw new TaskError(
    'command.unsafe-script',
    'a shell script may not hold "${...}": the value would be run as code. Give it as a further element of ' +
      '`command` and write "$1", or set it in `env`',
  );
}

function invalid(reason: string): TaskError {
  return new TaskError('command.invalid', `the command cannot be started: ${reason}`);
}

/** The result that a command's output stands for: JSON when it is JSON, `{ stdout }` otherwise. */
function parseOutput(bytes: Buffer): Json {
  const text = bytes.toString('utf8');
  const value = parseJson(text);
  if (value !== undefined) return journable(value);

  return {
    stdout: text.trim(),
    // Bytes that are no UTF-8 were replaced, so the text is not what the command wrote.
    ...(isUtf8(bytes) ? {} : { invalid_utf8: true }),
  };
}

function parseJson(text: string): Json | undefined {
  try {
    return parseJsonText(text);
  } catch (cause) {
    if (cause instanceof InexactNumber)
      throw new TaskError('command.invalid-output', cause.message, { cause });
    return undefined;
  }
}

/** JSON text can say more than a journal can hold: 1e400 is infinite, and nesting may be deeper than any stack. */
function journable(value: Json): Json {
  try {
    canonicalJson(value);
    return value;
  } catch (cause) {
    throw new TaskError(
      'command.invalid-output',
      `the command printed JSON that cannot be recorded: ${cause}`,
      {
        cause,
      },
    );
  }
}
