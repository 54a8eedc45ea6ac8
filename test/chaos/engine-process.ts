// `workflow serve` as a process that may be killed, and comes back.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type EngineProcess = {
  /** Resolves when the process is gone. */
  readonly kill9: () => Promise<void>;
  /** Resolves when the engine says that it is ready. One that finds no server is started again, as supervisors do. */
  readonly start: () => Promise<void>;
};

const notingCli = fileURLToPath(new URL('./noting-cli.mjs', import.meta.url));
/** The exit code for a server that does not answer, as in a long election: trying again later is safe. */
const unreachable = 3;
const pauseMs = 500;

export function createEngineProcess(cwd: string, env: Readonly<Record<string, string>>): EngineProcess {
  let child: ChildProcess | undefined;
  let said = '';
  let wanted = false;

  async function start(): Promise<void> {
    wanted = true;
    while (wanted) {
      const outcome = await launch();
      if (outcome === 'ready') return;
      if (wanted && outcome !== unreachable) throw new Error(`the engine ended: ${said}`);
      await delay(pauseMs);
    }
  }

  /** Resolves when the engine is ready or has ended, with its exit code. */
  function launch(): Promise<'ready' | number | null> {
    const launched = spawn(process.execPath, [notingCli, 'serve'], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = launched;

    return new Promise((resolve) => {
      launched.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (text.includes('engine ready')) resolve('ready');
      });
      launched.once('exit', (code) => resolve(code));
    });
  }

  async function kill9(): Promise<void> {
    wanted = false;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  return { start, kill9 };
}
