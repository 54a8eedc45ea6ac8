// A process that may be killed at any moment and comes back, as under a supervisor.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export type MortalProcess = {
  /** Resolves when the process is gone. */
  readonly kill9: () => Promise<void>;
  /** Tells the process to end, and resolves when it has. */
  readonly stop: () => Promise<void>;
  /** Resolves when it says that it is ready. One that finds no server is started again, as supervisors do. */
  readonly start: () => Promise<void>;
  /** Resolves with the exit code when the process has ended by itself. */
  readonly ended: () => Promise<number | null>;
  /** The ids of those that were killed. */
  readonly killed: ReadonlySet<number>;
  /** What it has said so far, all its lives. */
  readonly said: () => string;
};

export type Program = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it says on its standard error when it is ready. */
  readonly ready: string;
};

/** The exit code for a server that does not answer, as in a long election: trying again later is safe. */
const unreachable = 3;
const pauseMs = 500;

export function createMortalProcess(program: Program): MortalProcess {
  const killed = new Set<number>();
  let child: ChildProcess | undefined;
  let said = '';
  let wanted = false;

  async function start(): Promise<void> {
    wanted = true;
    while (wanted) {
      const outcome = await launch();
      if (outcome === 'ready') return;
      if (wanted && outcome !== unreachable) throw new Error(`${program.args.join(' ')} ended: ${said}`);
      await delay(pauseMs);
    }
  }

  /** Resolves when the process is ready or has ended, with its exit code. */
  function launch(): Promise<'ready' | number | null> {
    const { command, args, cwd, env, ready } = program;
    const launched = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = launched;
    let ofThisLife = '';

    return new Promise((resolve, reject) => {
      launched.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        ofThisLife += text;
        if (ofThisLife.includes(ready)) resolve('ready');
      });
      launched.once('error', reject);
      launched.once('exit', (code) => resolve(code));
    });
  }

  async function kill9(): Promise<void> {
    wanted = false;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    killed.add(child.pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function stop(): Promise<void> {
    wanted = false;
    child?.kill('SIGTERM');
    await ended();
  }

  async function ended(): Promise<number | null> {
    if (child !== undefined && child.exitCode === null && child.signalCode === null)
      await once(child, 'exit');

    return child?.exitCode ?? null;
  }

  return { start, stop, kill9, ended, killed, said: () => said };
}
