import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './statistics.ts';

/** What a short command costs, next to a process that does nothing, in the same seconds. */
export type ColdStart = {
  readonly emptyMs: number;
  readonly commands: readonly {
    readonly command: string;
    readonly ms: number;
    /** The median of what each start took in the place of the `node -e 0` right before it. */
    readonly timesEmpty: number;
    /** How many files it loads, of ours and of packages. */
    readonly files: number;
  }[];
};

const main = fileURLToPath(new URL('../bin/workflow.js', import.meta.url));
const tasks = Array.from(
  { length: 8 },
  (_, at) => `    - { id: t${at}, type: NOOP${at === 0 ? '' : `, depends_on: t${at - 1}`} }`,
);
const eightTasks = ['workflow:', '  id: eight', '  version: 1', '  tasks:', ...tasks, ''].join('\n');
const starts = 5;
const rounds = 9;
/** Tells the CPU time of the process when it ends. */
const probe =
  'data:text/javascript,process.on("exit",()=>{const c=process.cpuUsage();process.stderr.write("cpu "+(c.user+c.system))})';
/** In the place of `node -e 0`, which takes 55 ms on the machine that the budgets of 100 and 250 ms are for. */
const budgets: Readonly<Record<string, number>> = {
  '--help': 1.8,
  list: 4.5,
  'show @last': 4.5,
  status: 4.5,
};

/** Measures commands in a project with a run, on a server that is up. */
export async function measureColdStart(natsUrl: string): Promise<ColdStart> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  const run = promisify(execFile);
  const env = { ...process.env, NATS_URL: natsUrl, WORKFLOW_NAMESPACE: 'cold-start' };
  const node = (args: readonly string[], more = {}) =>
    run(process.execPath, args, { cwd: folder, env: { ...env, ...more } });
  try {
    await writeFile(join(folder, 'eight.yaml'), eightTasks);
    const lines = ['start eight.yaml', '--help', 'check eight.yaml', 'list', 'show @last', 'status'];
    const commands = [];
    const empty: number[] = [];
    for (const command of lines) {
      const words = [main, ...command.split(' ')];
      // The first one also finds nothing in the caches of the machine.
      const files = await filesLoaded(join(folder, command.replaceAll(/\W/g, '-')), (coverage) =>
        node(words, { NODE_V8_COVERAGE: coverage }),
      );
      const pairs = await measurePairs(
        () => node(['-e', '0']),
        () => node(words),
      );
      empty.push(...pairs.map(([ms]) => ms));
      commands.push({
        ...{ command, files, ms: median(pairs.map(([, ms]) => ms)) },
        timesEmpty: median(pairs.map(([emptyMs, ms]) => ms / emptyMs)),
      });
    }

    return { emptyMs: median(empty), commands };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** In turn, so that what else the machine does counts for both. */
async function measurePairs(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<readonly (readonly [number, number])[]> {
  const pairs: (readonly [number, number])[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push([await msOf(one), await msOf(other)]);

  return pairs;
}

async function msOf(act: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await act();

  return performance.now() - begin;
}

/** CPU of `workflow --help` in ms, the median of some starts. The budget is 120 ms. */
export async function helpCpuMs(): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', probe, main, '--help']);
    times.push(Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1000);
  }

  return median(times);
}

/** The lines of a cold start. */
export function coldStartLines({ emptyMs, commands }: ColdStart): string {
  const lines = commands.map(({ command, ms, timesEmpty, files }) => {
    const budget = budgets[command];
    const told = budget === undefined ? '' : `   (budget: ${budget.toFixed(1)} times)`;
    const took = `${ms.toFixed(0).padStart(5)} ms   ${timesEmpty.toFixed(1).padStart(5)} times node -e 0`;

    return `${`workflow ${command}`.padEnd(28)}${took}   ${String(files).padStart(4)} files${told}`;
  });

  return [`${'node -e 0'.padEnd(28)}${emptyMs.toFixed(0).padStart(5)} ms`, ...lines].join('\n');
}

/** Read from V8's coverage, which knows every file that was evaluated. */
async function filesLoaded(folder: string, act: (folder: string) => Promise<unknown>): Promise<number> {
  await act(folder);
  const [name = ''] = await readdir(folder);
  const report = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
    readonly result: readonly { readonly url: string }[];
  };

  return report.result.filter(({ url }) => url.startsWith('file:')).length;
}
