// No expression may ever become JavaScript. Method: the folder is translated into a temporary directory and
// evaluates an expression in a process in which V8 refuses to make code from text; that process first proves that
// it refuses.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, test } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'expressions-'));
afterAll(() => rmSync(directory, { recursive: true }));

const script = `
let refused = false;
try { new Function('return 1')(); } catch { refused = true; }
const { compileTemplate } = await import('./machines/expressions/template.js');
const { template } = compileTemplate({ a: '\${list.map(x, x * 2).filter(y, y > 2)}', b: '\${regex("aab", "^(a+)+b$")}' });
console.log(JSON.stringify({ refused, rendered: template.render({ list: [1, 2] }) }));
`;

/** Of `machines` itself the one file that takes digests. */
const folders = ['events', 'machines', 'machines/expressions', 'machines/expressions/evaluate'];

test('evaluates where code from text is forbidden', () => {
  for (const folder of folders) translate(folder);
  symlinkSync(join(process.cwd(), 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  writeFileSync(join(directory, 'run.js'), script);
  const printed = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', 'run.js'], {
    cwd: directory,
    encoding: 'utf8',
  });

  expect(JSON.parse(printed)).toStrictEqual({
    refused: true,
    rendered: { ok: true, value: { a: [4], b: true } },
  });
});

function translate(folder: string): void {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  };
  mkdirSync(join(directory, folder), { recursive: true });
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(folder, name), 'utf8'), { compilerOptions });
    writeFileSync(join(directory, folder, name.replace(/\.ts$/, '.js')), outputText);
  }
}
