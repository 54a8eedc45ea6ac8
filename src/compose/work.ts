import { once } from 'node:events';
import { isAbsolute, join, relative } from 'node:path';
import type { RunCommand } from '../../machines/task.ts';
import type { OnProgress, WorkOptions } from '../cli/app.ts';
import { messageOf } from '../lib/text.ts';
import { createCommandHandler } from '../subprocess/command-handler.ts';
import { canStart } from '../subprocess/find-program.ts';
import type { Work, WorkHandler } from '../worker/work.ts';
import { createWorker } from './create-worker.ts';

/** The command of a worker cannot be started. The reaction: correct it. */
class CommandMissing extends Error {
  override readonly name = 'CommandMissing';
  readonly code = 'usage.command';

  constructor(program: string, cwd: string) {
    const where = program.includes('/')
      ? `no program at this path, seen from ${cwd}`
      : 'no such program in PATH';
    super(`the command ${JSON.stringify(program)} cannot be started: ${where}`);
  }
}

/** Runs a worker whose handler is a command, until the signal aborts and what is under way is over. */
export async function work(options: WorkOptions, onProgress: OnProgress): Promise<void> {
  const { agent, skills, capacity, level, department, projectDir, signal, drainMs } = options;
  await refuseMissing(options);
  const worker = createWorker({
    agent,
    skills,
    capacity,
    ...(level === undefined ? {} : { level }),
    ...(department === undefined ? {} : { department }),
    project: projectDir,
    language: 'command',
    drainOnSignalMs: false,
    handlers: told(commandHandler(options), onProgress),
    onProgress,
  });
  const { url } = await worker.ready;
  onProgress(`worker of ${agent} ready on ${url}`);
  if (!signal.aborted) await once(signal, 'abort');
  await worker.drain(drainMs);
}

/** A worker that could only fail would take the work away from those that can do it. */
async function refuseMissing(options: WorkOptions): Promise<void> {
  const [program = ''] = options.command;
  const cwd = join(options.projectDir, folderOf(options) ?? '');
  if (!(await canStart(program, cwd))) throw new CommandMissing(program, cwd);
}

/** Where the command runs, in the project: undefined where that is its root. */
function folderOf({ projectDir, cwd }: WorkOptions): string | undefined {
  const inside = relative(projectDir, cwd);

  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? undefined : inside;
}

/** Carries attempts out as `run` of a task does: the same input, output, failures and ends. */
function commandHandler(options: WorkOptions): WorkHandler {
  const { command, projectDir } = options;
  const cwd = folderOf(options);

  return (work) => {
    const run: RunCommand = { command, env: environmentOf(work), ...(cwd === undefined ? {} : { cwd }) };

    return createCommandHandler(run)({
      ...work,
      projectDir,
      // What was typed on a command line is no template.
      render: (text) => text,
      heartbeat: (progress) => {
        if (progress !== undefined) work.progress(progress.percent, progress.message);
      },
    });
  };
}

/** What opens more than the attempt: the address, which may hold a password, a token, the secrets of the project. */
const kept = /^(NATS_URL|WORKFLOW_TOKEN|WORKFLOW_SECRET_.*)$/;

/** Whoever starts the worker says what its command sees, but for that. */
function environmentOf({ deadline, traceparent, agent }: Work): Readonly<Record<string, string>> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) => {
    return value === undefined || kept.test(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
      ? []
      : [[name, value] as const];
  });

  return {
    ...Object.fromEntries(inherited),
    WORKFLOW_AGENT: agent,
    WORKFLOW_DEADLINE: deadline ?? '',
    WORKFLOW_TRACEPARENT: traceparent,
  };
}

function told(handler: WorkHandler, onProgress: OnProgress): WorkHandler {
  return async (work) => {
    onProgress(`${work.attemptKey} begins`);
    try {
      const result = await handler(work);
      onProgress(`${work.attemptKey} completed`);
      return result;
    } catch (error) {
      onProgress(`${work.attemptKey} failed: ${messageOf(error)}`);
      throw error;
    }
  };
}
