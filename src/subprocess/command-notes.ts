import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { access, constants, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { resolveInProject } from '../files/project-path.ts';
import { isOutOfFiles, messageOf } from '../lib/text.ts';
import { type Attempt, TaskError } from '../ports/work/handler.ts';
import { processGroup } from './process-group.ts';

/** `started` tells the process from a later one with the same pid. Signals to pid 1 and below reach everybody. */
const Note = z.object({ pid: z.int().min(2), started: z.string().min(1), key: z.string() });
type Note = z.infer<typeof Note>;

/** What is written down about running commands, so that one that outlives a killed engine is found. */
export type CommandNotes = {
  /** Ends what earlier attempts at the same task of the same run left running. */
  readonly endLeftovers: (graceMs: number) => Promise<void>;
  /** Notes the command of this attempt. Synchronous, so that hardly any time passes between its start and the note. */
  readonly add: (pid: number) => void;
  readonly remove: () => void;
};

/** The notes about a task of a run. Throws TaskError when none could be written, as a copy might then run unseen. */
export async function openCommandNotes(attempt: Attempt): Promise<CommandNotes> {
  const folder = await writableFolder(attempt.projectDir);
  const prefix = `${namePart(attempt.run)}.${namePart(attempt.task)}.`;
  const path = join(folder, `${prefix}${attempt.attempt}.json`);
  let noted: number | undefined;

  return {
    endLeftovers: async (graceMs) => {
      for (const name of await readdir(folder).catch(rejectNotNoted)) {
        if (!name.startsWith(prefix) || !/^\d+\.json$/.test(name.slice(prefix.length))) continue;
        const note = read(join(folder, name));
        if (note !== undefined && processStart(note.pid) === note.started) {
          await processGroup(note.pid).end(graceMs);
        }
        rmSync(join(folder, name), { force: true });
      }
    },
    add: (pid) => {
      const started = processStart(pid);
      if (started === undefined) return;
      noted = pid;
      write(folder, path, { pid, started, key: attempt.attemptKey });
    },
    remove: () => {
      // The same attempt may have been started again meanwhile; the note is then about the newer command.
      if (noted !== undefined && read(path)?.pid === noted) rmSync(path, { force: true });
    },
  };
}

async function writableFolder(projectDir: string): Promise<string> {
  try {
    const folder = await resolveInProject(projectDir, '.3ox/commands');
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);

    return folder;
  } catch (cause) {
    throw notNoted(cause);
  }
}

/** Names may hold what a file name cannot, and a dot would let two tasks share a name. */
function namePart(name: string): string {
  const text = encodeURIComponent(name).replaceAll('.', '%2E').replaceAll('*', '%2A');

  return text.length <= 100 ? text : createHash('sha256').update(name).digest('hex');
}

/** Undefined for a note that is damaged: it says nothing about any process. */
function read(path: string): Note | undefined {
  try {
    return Note.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Not synchronised to the disk: a power loss ends the command as well. */
function write(folder: string, path: string, note: Note): void {
  const temporary = join(folder, `.3ox-${randomUUID()}.part`);
  try {
    writeFileSync(temporary, `${JSON.stringify(note)}\n`, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw notNoted(cause);
  }
}

function rejectNotNoted(cause: unknown): never {
  throw notNoted(cause);
}

function notNoted(cause: unknown): TaskError {
  const reason = messageOf(cause);

  return new TaskError(
    isOutOfFiles(cause) ? 'command.too-many-files' : 'command.not-noted',
    `the command was not run, because nothing can be written to .3ox/commands (${reason}); it could not be found after a crash`,
    { retryable: true, cause },
  );
}

/**
 * When a process was started, as text that only this process has under its pid; undefined when there is none. A pid
 * alone may by now belong to somebody else.
 */
export function processStart(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? startTicks(pid) : startDate(pid);
  } catch {
    return undefined;
  }
}

/** Field 22 of the line. The second is the program's name, which may hold spaces and parentheses. */
function startTicks(pid: number): string | undefined {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8');

  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}

function startDate(pid: number): string | undefined {
  const options = {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  } as const;
  const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();

  return text === '' ? undefined : text;
}
