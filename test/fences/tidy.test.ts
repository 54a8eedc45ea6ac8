// Pins down what no linter knows of our style (STYLE.md), as TigerBeetle's tidy does: each rule is a pure function of
// a file's path and text. Method: run them over the repository; then over planted text, so that none sleeps.
import { expect, test } from 'vitest';
import { repositoryFiles, sourceFiles, textOf } from './repository-files.ts';
import { foreignWords, longFunctions, looseImports, strayReads } from './tidy-source.ts';
import { leftovers, localTraces, longComments, vaguePlaces } from './tidy-text.ts';

const textFiles = repositoryFiles().filter((path) => !textOf(path).includes('\0'));

// A test may hold a table of cases, which is long and easy to read.
test('no function of the product is longer than 40 lines', () => {
  const product = sourceFiles().filter((path) => !path.startsWith('test/'));

  expect(product.flatMap((path) => longFunctions(path, textOf(path)))).toEqual([]);
});

test('no comment is wider than 120 characters', () => {
  expect(sourceFiles().flatMap((path) => longComments(path, textOf(path)))).toEqual([]);
});

test('the code uses the words of the design', () => {
  expect(sourceFiles().flatMap((path) => foreignWords(path, textOf(path)))).toEqual([]);
});

test('relative imports name the file', () => {
  expect(sourceFiles().flatMap((path) => looseImports(path, textOf(path)))).toEqual([]);
});

test('only the run reader reads the records of a run', () => {
  expect(sourceFiles().flatMap((path) => strayReads(path, textOf(path)))).toEqual([]);
});

test('no file or folder is a drawer for anything', () => {
  expect(repositoryFiles().flatMap(vaguePlaces)).toEqual([]);
});

test('nothing is left for later', () => {
  expect(textFiles.flatMap((path) => leftovers(path, textOf(path)))).toEqual([]);
});

test('no file tells where it was written', () => {
  expect(textFiles.flatMap((path) => localTraces(path, textOf(path)))).toEqual([]);
});

const statements = (count: number): string => '  work();\n'.repeat(count);

test.each([
  [longFunctions('a.ts', `function a() {\n${statements(39)}}\n`), 1],
  [longFunctions('a.ts', `function a() {\n${statements(38)}}\n`), 0],
  [
    longFunctions('a.ts', `function a() {\n${statements(30)}  const b = () => {\n${statements(30)}  };\n}\n`),
    0,
  ],
  [longFunctions('a.ts', `const a = {\n  b() {\n${statements(40)}  },\n};\n`), 1],
  [longComments('a.ts', `// ${'x'.repeat(117)}\n  // ${'x'.repeat(116)}\n`), 1],
  [foreignWords('a.ts', 'const jobQueue = 1;\nconst instanceCount = jobs(x instanceof Error);\n'), 3],
  [foreignWords('a.ts', 'const stepper = utilise(reactivity);\n'), 0],
  [foreignWords('src/user-service.ts', ''), 1],
  [foreignWords('machines/language/a.ts', 'const steps = [];\n'), 0],
  [foreignWords('src/engine/a.ts', 'const steps = [];\n'), 1],
  [looseImports('a.ts', "import './b.js';\nexport { c } from './c';\nawait import('../d');\n"), 3],
  [looseImports('a.ts', "import './b.ts';\nimport 'zod';\n"), 0],
  [strayReads('src/engine/a.ts', 'journal.read(run);\nawait deps.journal.last(run);\n'), 2],
  [strayReads('src/engine/a.ts', "type A = Pick<Journal, 'end' | 'last'> & Journal['read'];\n"), 2],
  [strayReads('src/engine/a.ts', 'const { read: every, end } = stream.journal;\n'), 1],
  [strayReads('src/engine/a.ts', "journal.watch({});\nfile.read();\ntype A = Pick<Journal, 'end'>;\n"), 0],
  [strayReads('src/engine/run-reader/a.ts', 'journal.read(run);\n'), 0],
  [vaguePlaces('src/engine/utils/text.ts'), 1],
  [vaguePlaces('src/helpers.ts'), 1],
  [vaguePlaces('src/engine/commonplace.ts'), 0],
  [vaguePlaces('src/lib/retry.ts'), 0],
  [vaguePlaces('test/lib/retry.test.ts'), 0],
  [vaguePlaces('src/engine/lib/retry.ts'), 1],
  [vaguePlaces('bench/src/lib/retry.ts'), 1],
  [vaguePlaces('src/lib.ts'), 1],
  [leftovers('a.md', `later\n${'TO' + 'DO'}: all of it\n`), 1],
  [localTraces('a.md', `see ${'/ho' + 'me/ada/notes'} and ${'/wo' + 'rk/main'}\n`), 1],
  [localTraces('a.md', 'see src/work/main.ts and ~/notes\n'), 0],
  [localTraces('a.ts', `fetch('https://${'registry.np' + 'mjs.org'}/zod')\n`), 1],
  [localTraces('a.ts', `deb http://deb.${'deb' + 'ian'}.org/ forky main\n`), 1],
  [localTraces('a.ts', `npm config: npm.${'corp' + '.internal'}\n`), 1],
  [localTraces('a.ts', `https://github.com/x/y/relea${'ses/download/v1'}/z\n`), 1],
  [localTraces('src/nats-server/a.ts', `https://github.com/x/y/relea${'ses/download/v1'}/z\n`), 0],
])('a planted breach is reported, and its near miss is not (%#)', (problems, count) => {
  expect(problems).toHaveLength(count);
});
