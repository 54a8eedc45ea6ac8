import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, type UserConfig, type ViteDevServer } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));
const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
const cli = join(root, 'dist/src/main.js');
/** The project that the development engine serves. */
const project = process.env['DEV_PROJECT'] ?? join(root, '.3ox/dev');
/** What the engine answers itself. Every other path is a page, or a source file of one. */
const enginePaths = [
  '^/api/v1/',
  '^/hooks/',
  '^/oidc/',
  '^/openapi.json$',
  '^/reference',
  '^/(healthz|readyz)$',
  '^/metrics$',
];
/** How long an engine may take to end before it is killed: no run is lost by that. */
const engineEndMs = 2_000;

const build: UserConfig = {
  // Pages are served at every path of the dashboard.
  base: '/',
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows no inline script and no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog: (level, log, tell) => {
        // `use client` is for servers that render React: there is none here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log);
      },
    },
  },
};

export default defineConfig(async ({ command }) => {
  if (command === 'build') return build;
  const port = await freePort();
  const target = `http://127.0.0.1:${port}`;

  return {
    ...build,
    cacheDir: join(root, '.3ox/vite'),
    plugins: [developmentEngine(port)],
    server: { host: '127.0.0.1', proxy: Object.fromEntries(enginePaths.map((path) => [path, target])) },
  };
});

/** `npm run dev`: compiles the server's sources when they change, and runs the engine of each compilation. */
function developmentEngine(port: number): Plugin {
  let end: (() => Promise<void>) | undefined;

  return {
    name: 'development-engine',
    configureServer: async (server) => {
      await prepareProject();
      end = startEngineLoop(server, port);
    },
    // Called for each environment of the development server, and once more when a signal ends it twice.
    closeBundle: async () => await end?.(),
  };
}

/** The definitions of the product are copied, so that an edit in the dashboard does not change the repository. */
async function prepareProject(): Promise<void> {
  await mkdir(project, { recursive: true });
  await cp(join(root, 'definitions'), join(project, 'definitions'), {
    recursive: true,
    force: false,
    filter: (path) => extname(path) !== '.json',
  });
}

/** Starts the compiler and, whenever it is done, an engine in place of the one before. Returns what ends all. */
function startEngineLoop(server: ViteDevServer, port: number): () => Promise<void> {
  const { logger } = server.config;
  let engine: ChildProcess | undefined;
  let ended: Promise<void> | undefined;
  let turn: Promise<void> = Promise.resolve();
  const restart = async (): Promise<void> => {
    await endEngine(engine);
    // The pages are served here, and so is the link that signs in.
    const here = server.resolvedUrls?.local[0] ?? '';
    const say = (text: string): void =>
      logger.info(text.replace(`http://127.0.0.1:${port}/`, here), { timestamp: true });
    if (ended === undefined) engine = startEngine(port, say);
  };
  const watch = startCompiler(
    (text) => logger.info(text, { timestamp: true }),
    () => {
      turn = turn.then(restart);
    },
  );
  const endAll = async (): Promise<void> => {
    process.off('SIGINT', interrupt);
    if (watch.pid !== undefined && watch.exitCode === null) process.kill(-watch.pid);
    await turn;
    await endEngine(engine);
    await once(runCli(['down', '--quiet']), 'exit');
  };
  const end = (): Promise<void> => {
    ended ??= endAll();

    return ended;
  };
  const interrupt = (): void => void server.close().finally(() => process.exit());
  process.on('SIGINT', interrupt);

  return end;
}

/** In a process group of its own: the compiler is a program that `bin/tsc` starts, and a signal has to reach both. */
function startCompiler(say: (text: string) => void, onCompiled: () => void): ChildProcess {
  const args = ['-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput', '--singleThreaded'];
  const child = spawn(process.execPath, [compiler, ...args], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    say(text.trim());
    if (/Found \d+ errors?/.test(text)) onCompiled();
  });

  return child;
}

function startEngine(port: number, say: (text: string) => void): ChildProcess {
  const child = runCli(['serve', '--http', `127.0.0.1:${port}`, '--drain', '1s']);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => say(text.trim()));

  return child;
}

/** `workflow` in the project, with the NATS server of the project. */
function runCli(args: readonly string[]): ChildProcess {
  const { NATS_URL: _, ...env } = process.env;

  return spawn(process.execPath, [cli, ...args, '--project', project], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function endEngine(engine: ChildProcess | undefined): Promise<void> {
  if (engine === undefined || engine.exitCode !== null || engine.signalCode !== null) return;
  const kill = setTimeout(() => engine.kill('SIGKILL'), engineEndMs);
  engine.kill('SIGTERM');
  await once(engine, 'exit');
  clearTimeout(kill);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the operating system gave no port');

  return address.port;
}
