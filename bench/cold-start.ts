import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { sequential } from './definitions.ts';
import { median } from './statistics.ts';

/** What a short command costs before it does anything. */
export type ColdStart = {
  readonly helpCpuMs: number;
  readonly checkCpuMs: number;
  /** Modules of ours, and of the packages, that `workflow check` of a file with eight tasks loads. */
  readonly checkModules: { readonly ours: number; readonly packages: number };
};

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
const built = new URL('../', import.meta.url).href;
const starts = 5;
/** Tells the CPU time of the process when it ends. */
const probe =
  'data:text/javascript,process.on("exit",()=>{const c=process.cpuUsage();process.stderr.write("cpu "+(c.user+c.system))})';

export async function measureColdStart(): Promise<ColdStart> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-bench-'));
  try {
    const file = join(folder, 'eight-tasks.yaml');
    await writeFile(file, sequential(8).text);

    return {
      helpCpuMs: await helpCpuMs(),
      checkCpuMs: await cpuMs(['check', file]),
      checkModules: await modulesOf(['check', file], join(folder, 'coverage')),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** CPU of `workflow --help` in ms, the median of some starts. The budget is 120 ms. */
export function helpCpuMs(): Promise<number> {
  return cpuMs(['--help']);
}

/** The lines of a cold start. */
export function coldStartLines({ helpCpuMs: help, checkCpuMs, checkModules }: ColdStart): string {
  const { ours, packages } = checkModules;

  return [
    `workflow --help                   ${help.toFixed(0)} ms of CPU   (budget: 120)`,
    `workflow check of 8 tasks         ${checkCpuMs.toFixed(0)} ms of CPU`,
    `workflow check of 8 tasks         ${ours} modules of ours   (budget: 150; and ${packages} of packages)`,
  ].join('\n');
}

async function cpuMs(args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    const { stderr } = await promisify(execFile)(process.execPath, ['--import', probe, main, ...args]);
    times.push(Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1000);
  }

  return median(times);
}

/** Read from V8's coverage, which knows every module that was evaluated. */
async function modulesOf(args: readonly string[], folder: string): Promise<ColdStart['checkModules']> {
  await promisify(execFile)(process.execPath, [main, ...args], {
    env: { ...process.env, NODE_V8_COVERAGE: folder },
  });
  const [name = ''] = await readdir(folder);
  const report = JSON.parse(await readFile(join(folder, name), 'utf8')) as {
    readonly result: readonly { readonly url: string }[];
  };
  const files = report.result.map(({ url }) => url).filter((url) => url.startsWith(pathToFileURL('/').href));
  const ours = files.filter((url) => url.startsWith(built)).length;

  return { ours, packages: files.length - ours };
}
