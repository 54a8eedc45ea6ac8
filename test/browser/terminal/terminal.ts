// A real terminal: tmux, with the built command line in it, a project of its own and an engine as a process of its own.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { builtCli, runProgram } from '../../e2e/station.ts';

const run = promisify(execFile);

export type Terminal = {
  readonly folder: string;
  /** Starts a run, and resolves with its id. */
  readonly start: (definition: string) => Promise<string>;
  /** What a command of ours prints. */
  readonly says: (...args: readonly string[]) => Promise<string>;
  /** Types keys as tmux names them: `q`, `Tab`, `Enter`, `Escape`, `C-c`. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly screen: () => Promise<string>;
  readonly shows: (text: string | RegExp) => Promise<void>;
  /** Whether the terminal is on its other screen, and whether its cursor is shown. */
  readonly modes: () => Promise<{ readonly other: boolean; readonly cursor: boolean }>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  readonly engine: () => ChildProcess;
  readonly startEngine: () => Promise<void>;
};

const patience = { timeout: 30_000, interval: 100 };

/** Opens a terminal with a shell that runs `workflow <args>`; everything ends when `use` has. */
export async function withTerminal(
  {
    args,
    env = '',
    columns = 80,
    rows = 24,
    definitions,
    hasEngine = true,
  }: {
    readonly args: (folder: string) => string;
    readonly env?: string;
    readonly columns?: number;
    readonly rows?: number;
    readonly definitions: Readonly<Record<string, string>>;
    /** Whether an engine runs before the terminal is opened. */
    readonly hasEngine?: boolean;
  },
  use: (terminal: Terminal, open: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-terminal-'));
  // A folder above may look like a project, too.
  await mkdir(join(folder, '.3ox'));
  const socket = join(folder, 'tmux');
  const tmux = (...words: readonly string[]) => run('tmux', ['-S', socket, '-f', '/dev/null', ...words]);
  for (const [name, text] of Object.entries(definitions)) await writeFile(join(folder, name), text);
  let engine: ChildProcess | undefined;
  const says = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await runProgram(builtCli, words, { cwd: folder, env: { USER: 'ana' } });
    if (code !== 0) throw new Error(`workflow ${words.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const screen = async () => (await tmux('capture-pane', '-p')).stdout;

  const terminal: Terminal = {
    folder,
    says,
    start: async (definition) => (await says('start', definition, '--detach')).trim(),
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    screen,
    shows: (text) =>
      vi.waitFor(async () => {
        const shown = await screen();
        if (typeof text === 'string') expect(shown).toContain(text);
        else expect(shown).toMatch(text);
      }, patience),
    modes: async () => {
      const { stdout } = await tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}');
      const [other, cursor] = stdout.trim().split(' ');
      return { other: other === '1', cursor: cursor === '1' };
    },
    resize: async (width, height) =>
      void (await tmux('resize-window', '-x', String(width), '-y', String(height))),
    engine: () => engine ?? expect.unreachable('no engine was started'),
    startEngine: async () => {
      engine = await startedEngine(folder);
    },
  };
  const open = async () => {
    const command = `${env} USER=ana node ${builtCli} ${args(folder)}; echo "left with $?"; exec sh`;
    await tmux('new-session', '-d', '-c', folder, '-x', String(columns), '-y', String(rows), command);
  };
  try {
    if (hasEngine) await terminal.startEngine();
    await use(terminal, open);
  } finally {
    await tmux('kill-server').catch(() => undefined);
    engine?.kill('SIGKILL');
    await runProgram(builtCli, ['down'], { cwd: folder });
    // The engine was not waited for, and may write for a moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Resolves when it says that it is ready. */
function startedEngine(folder: string): Promise<ChildProcess> {
  const engine = spawn(process.execPath, [builtCli, 'serve', '--no-http'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';

  return new Promise((resolve, reject) => {
    engine.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('engine ready')) resolve(engine);
    });
    engine.once('exit', (code) => reject(new Error(`the engine ended with ${code}: ${said}`)));
  });
}
