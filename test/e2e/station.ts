// A small folder to validate, with policies under which it passes and fails, and the built command line run in it.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Finished = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export const builtCli = fileURLToPath(new URL('../../dist/bin/workflow.js', import.meta.url));
export const crashingCli = fileURLToPath(new URL('./crashing-cli.mjs', import.meta.url));
const definition = fileURLToPath(new URL('../../definitions/inventory-validation.yaml', import.meta.url));

/** A project folder with three files, the definition, and a policy it passes and one it fails. */
export async function smallStation(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-station-'));
  await mkdir(join(folder, 'files', 'inner'), { recursive: true });
  await mkdir(join(folder, 'definitions'));
  await copyFile(definition, join(folder, 'definitions', 'inventory-validation.yaml'));
  await writeFile(join(folder, 'files', 'README.md'), '# station\n');
  await writeFile(join(folder, 'files', 'LICENSE'), 'all rights\n');
  await writeFile(join(folder, 'files', 'inner', 'log.txt'), 'quiet\n');
  await writeFile(join(folder, 'pass.policy.yaml'), 'required_files: [README.md, LICENSE]\n');
  await writeFile(join(folder, 'fail.policy.yaml'), 'required_files: [README.md, MANIFEST.yaml]\n');

  return folder;
}

/** Runs a program of ours to its end. The environment is this one's, with `env` on top. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
