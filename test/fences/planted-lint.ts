// One breach per file of every Biome rule that our style rests on: path -> the rule and the text that breaks it.
// An empty rule means that the file is allowed.

type Planted = { readonly rule: string; readonly text: string };

export const planted: Readonly<Record<string, Planted>> = {
  'src/engine/crooked.ts': { rule: 'format', text: 'export const text = "double quotes";\n' },
  'src/engine/disordered.ts': {
    rule: 'assist/source/organizeImports',
    text: "import { b } from './b.ts';\nimport { a } from './a.ts';\n\nexport const both = [a, b];\n",
  },
  'src/engine/forgetful.ts': {
    rule: 'lint/nursery/noFloatingPromises',
    text: 'async function work(): Promise<void> {}\n\nexport function start(): void {\n  work();\n}\n',
  },
  'src/engine/hasty.ts': {
    rule: 'lint/nursery/noMisusedPromises',
    text: 'async function allowed(): Promise<boolean> {\n  return false;\n}\n\nexport const answer = allowed() ? 1 : 2;\n',
  },
  'src/engine/kind.ts': { rule: '', text: "export type Kind = 'a' | 'b';\n" },
  'src/engine/partial.ts': {
    rule: 'lint/nursery/useExhaustiveSwitchCases',
    text: [
      "import type { Kind } from './kind.ts';",
      '',
      'export function place(kind: Kind): number {',
      '  switch (kind) {',
      "    case 'a':",
      '      return 1;',
      '  }',
      '  return 0;',
      '}',
      '',
    ].join('\n'),
  },
  'src/engine/vague.ts': { rule: 'lint/suspicious/noExplicitAny', text: 'export const value: any = 1;\n' },
  'src/engine/sure.ts': {
    rule: 'lint/style/noNonNullAssertion',
    text: 'export const first = (list: readonly string[]): string => list[0]!;\n',
  },
  'src/engine/nameless.ts': { rule: 'lint/style/noDefaultExport', text: 'export default 1;\n' },
  'src/web/hooked.tsx': {
    rule: 'lint/correctness/useHookAtTopLevel',
    text: [
      "import { useState } from 'react';",
      '',
      'export function Odd({ on }: { readonly on: boolean }) {',
      '  if (on) useState(1);',
      '  return null;',
      '}',
      '',
    ].join('\n'),
  },
  'vitest.config.ts': { rule: '', text: 'export default {};\n' },
  'src/engine/camelCase.ts': {
    rule: 'lint/style/useFilenamingConvention',
    text: 'export const value = 1;\n',
  },
  'src/engine/tangled.ts': { rule: 'lint/complexity/noExcessiveCognitiveComplexity', text: tangled() },
  'src/engine/endless.ts': {
    rule: 'lint/style/noExcessiveLinesPerFile',
    text: Array.from({ length: 401 }, (_, at) => `export const row${at} = ${at};\n`).join(''),
  },
  'src/engine/index.ts': {
    rule: 'lint/performance/noBarrelFile',
    text: "export { place } from './partial.ts';\n",
  },
  'src/engine/idle.ts': {
    rule: 'lint/correctness/noUnusedVariables',
    text: 'const idle = 1;\n\nexport const value = 2;\n',
  },
  'src/engine/hoarding.ts': {
    rule: 'lint/correctness/noUnusedImports',
    text: "import { place } from './partial.ts';\n\nexport const value = 1;\n",
  },
  'src/engine/deaf.ts': {
    rule: 'lint/correctness/noUnusedFunctionParameters',
    text: 'export function answer(question: string): number {\n  return 42;\n}\n',
  },
  'src/engine/talkative.ts': { rule: 'lint/suspicious/noConsole', text: "console.log('here');\n" },
  'machines/due-time.ts': { rule: 'plugin', text: 'export const now = new Date();\n' },
  'machines/sirius-time.ts': {
    rule: 'lint/nursery/noJsRestrictedProperties',
    text: 'export const now = Date.now();\n',
  },
  'machines/lucky.ts': {
    rule: 'lint/nursery/noJsRestrictedProperties',
    text: 'export const { random } = Math;\n',
  },
  ...forbiddenGlobals(),
};

/** One file per global that the core may not touch. */
function forbiddenGlobals(): Readonly<Record<string, Planted>> {
  const globals = [
    'AbortSignal',
    'Date',
    'Intl',
    'WebSocket',
    'crypto',
    'fetch',
    'globalThis',
    'performance',
    'process',
    'queueMicrotask',
    'setImmediate',
    'setInterval',
    'setTimeout',
  ];

  return Object.fromEntries(
    ['events', 'machines'].flatMap((folder) =>
      globals.map((name) => [
        `${folder}/global-${name.toLowerCase()}.ts`,
        { rule: 'lint/style/noRestrictedGlobals', text: `export const borrowed = ${name};\n` },
      ]),
    ),
  );
}

function tangled(): string {
  const depth = 6;
  const open = Array.from({ length: depth }, (_, at) => `${'  '.repeat(at + 1)}if (list[${at}]) {\n`);
  const close = Array.from({ length: depth }, (_, at) => `${'  '.repeat(depth - at)}}\n`);

  return [
    'export function tangled(list: readonly boolean[]): boolean {\n',
    ...open,
    `${'  '.repeat(depth + 1)}return true;\n`,
    ...close,
    '  return false;\n}\n',
  ].join('');
}
