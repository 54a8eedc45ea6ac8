// `node --import ./test/support/typescript.mjs file.ts` runs the sources as they are, for tests that need a process or
// a thread of its own: Node 20 cannot strip types. Only types are removed, so what runs is what was written.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';

// Node loads this file twice: by --import, and as the hooks that the first load registers.
if (!import.meta.url.endsWith('?hooks')) register(`${import.meta.url}?hooks`);

/**
 * The hook that Node calls for every module. The compiler is loaded only where the hooks run, not in the test's
 * heap.
 */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { default: ts } = await import('typescript');
  const { outputText } = ts.transpileModule(await readFile(new URL(url), 'utf8'), {
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });

  return { format: 'module', source: outputText, shortCircuit: true };
}
