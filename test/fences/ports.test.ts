// Pins down that src/ports holds interfaces and error classes, nothing else: what does something belongs to the room
// that uses it, to machines/, or to src/lib. Method: the TypeScript parser, over every file there is, and over planted
// ones, because a fence that cannot fail is none.
import ts from 'typescript';
import { expect, test } from 'vitest';
import { repositoryFiles, textOf } from './repository-files.ts';

test('ports/ exports no function but error classes', () => {
  const ports = repositoryFiles().filter((path) => /^src\/ports\/.*\.ts$/.test(path));

  expect(ports.flatMap((path) => exportedDoings(path, textOf(path)))).toEqual([]);
});

test.each([
  ['export function parse(text: string) { return text; }', 'parse'],
  ['export const parse = (text: string) => text;', 'parse'],
  ['export const Line = z.array(z.string());', 'Line'],
  ['export class Queue {}', 'Queue'],
  ['export class Queue extends List {}', 'Queue'],
  ["export { parse } from './other.ts';", 'a name of another file'],
])('%s is reported', (text, what) => {
  expect(exportedDoings('src/ports/planted.ts', text)).toEqual([
    `src/ports/planted.ts exports ${what}, which is neither a type nor an error class`,
  ]);
});

test.each([
  'export interface Port { ask(): void }',
  'export type Answer = { readonly ok: boolean };',
  'export class Unavailable extends Error {}',
  'export class JournalBroken extends JournalUnavailable {}',
  "export const fileName = 'serve.yaml';",
  "export type { Answer } from './other.ts';",
  'function text() {} class Local {}',
])('%s is allowed', (text) => {
  expect(exportedDoings('src/ports/planted.ts', text)).toEqual([]);
});

/** An error is known by what it extends: Error, or another class whose name says what is wrong. */
const errorBase = /^Error$|(Unavailable|Broken|Refused|Error)$/;

function exportedDoings(path: string, text: string): readonly string[] {
  const { statements } = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

  return statements
    .flatMap(doingsIn)
    .map((what) => `${path} exports ${what}, which is neither a type nor an error class`);
}

function doingsIn(statement: ts.Statement): readonly string[] {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly ? [] : ['a name of another file'];
  if (ts.isExportAssignment(statement)) return ['a default'];
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isFunctionDeclaration(statement)) return [nameOf(statement)];
  if (ts.isClassDeclaration(statement)) return isError(statement) ? [] : [nameOf(statement)];
  if (!ts.isVariableStatement(statement)) return [];

  return statement.declarationList.declarations
    .filter(({ initializer }) => initializer === undefined || !ts.isLiteralExpression(initializer))
    .map((declaration) => declaration.name.getText());
}

function nameOf({ name }: ts.FunctionDeclaration | ts.ClassDeclaration): string {
  return name?.text ?? 'a default';
}

function isError({ heritageClauses }: ts.ClassDeclaration): boolean {
  return (heritageClauses ?? []).some(
    ({ token, types }) =>
      token === ts.SyntaxKind.ExtendsKeyword &&
      types.some((type) => errorBase.test(type.expression.getText())),
  );
}
