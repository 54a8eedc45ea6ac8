// An engine with its dashboard as a process of its own: it may be killed, and comes back at the same address.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { builtCli } from '../e2e/station.ts';

export type DashboardEngine = {
  /** Resolves with the address of the dashboard when the engine is ready. Later starts take the same address. */
  readonly start: () => Promise<string>;
  readonly kill9: () => Promise<void>;
  readonly said: () => string;
};

type Options = {
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
};

export function createDashboardEngine({ project, env, args }: Options): DashboardEngine {
  let child: ChildProcess | undefined;
  let address = '127.0.0.1:0';
  let said = '';

  const start = async (): Promise<string> => {
    const launched = spawn(process.execPath, [builtCli, 'serve', '--http', address, ...args], {
      cwd: project,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child = launched;
    let ofThisLife = '';
    await new Promise<void>((resolve, reject) => {
      launched.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        ofThisLife += text;
        if (ofThisLife.includes('engine ready')) resolve();
      });
      launched.once('error', reject);
      launched.once('exit', (code) => reject(new Error(`the engine ended with ${code}: ${said}`)));
    });
    const [, told] = /dashboard on http:\/\/([^\s/]+)/.exec(ofThisLife) ?? [];
    if (told === undefined) throw new Error(`the engine told no address: ${said}`);
    address = told;

    return `http://${address}`;
  };

  const kill9 = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  return { start, kill9, said: () => said };
}
