// Node 20 cannot run TypeScript, and promises about two processes need two processes. This compiles the adapter
// into a temporary folder, laid out as in the repository, and runs small programs against it.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import ts from 'typescript';

export type CompiledAdapter = {
  /** Runs the text as a module of a new process, beside the adapter's modules, and answers with what it printed. */
  readonly run: (program: string, env?: Readonly<Record<string, string | undefined>>) => Promise<string>;
  readonly remove: () => Promise<void>;
};

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ADAPTER = 'src/nats-server';
/** What it imports of other rooms. */
const OTHERS = ['src/lib', 'src/files', 'src/ports/access'];
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
};

export async function compileAdapter(): Promise<CompiledAdapter> {
  const root = await mkdtemp(join(tmpdir(), 'workflow-child-'));
  const folder = join(root, 'dist', ADAPTER);
  for (const room of [ADAPTER, ...OTHERS]) {
    await mkdir(join(root, 'dist', room), { recursive: true });
    for (const name of await readdir(join(ROOT, room))) {
      const source = await readFile(join(ROOT, room, name), 'utf8');
      const { outputText } = ts.transpileModule(source, { compilerOptions: OPTIONS });
      await writeFile(join(root, 'dist', room, name.replace(/\.ts$/, '.js')), outputText);
    }
  }
  await writeFile(join(root, 'package.json'), '{"type":"module"}');
  await cp(join(ROOT, 'nats.conf'), join(root, 'nats.conf'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));

  let count = 0;
  return {
    run: async (program, env = {}) => {
      count += 1;
      const file = join(folder, `program-${count}.js`);
      await writeFile(file, program);
      const { stdout } = await execa(process.execPath, [file], { env });
      return stdout;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
