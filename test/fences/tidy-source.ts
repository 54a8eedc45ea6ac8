// What a syntax tree can tell about tidiness. Each function answers with `path:line: what is wrong and what to do`.
import ts from 'typescript';

const OWN_LINES_MAX = 40;

const bannedWords = /^(job|step|activit(y|ie)|instance|manager|service|helper|util|utilit(y|ie))s?$/i;

/** Words of others that we have to write, each with its reason. */
const borrowedWords: readonly { readonly word: RegExp; readonly where: RegExp; readonly why: string }[] = [
  {
    word: /^(steps?|namedSteps)$/,
    where: /^(test\/)?machines\/(language\/|definition)/,
    why: '`steps` is a key of failure_workflow in the language, as the seeds spell it',
  },
  {
    word: /^(steps|GITHUB_STEP_SUMMARY)$/,
    where: /^test\/e2e\/pull-request\.ts/,
    why: 'names of GitHub Actions',
  },
  {
    word: /^jetstreamManager$/,
    where: /./,
    why: 'a function of the NATS client',
  },
];

/** The part of a function outside the functions inside it is what a reader holds in mind at once. */
export function longFunctions(path: string, text: string): readonly string[] {
  const tree = parse(path, text);

  return nodesOf(tree).flatMap((node) => {
    if (!ts.isFunctionLike(node)) return [];
    const lines = ownLines(node, tree);

    return lines > OWN_LINES_MAX
      ? [
          `${path}:${lineOf(node, tree)}: a function of ${lines} lines of its own, at most ${OWN_LINES_MAX}: name its parts`,
        ]
      : [];
  });
}

/** DESIGN.md, "Words": one word for one thing. */
export function foreignWords(path: string, text: string): readonly string[] {
  const tree = parse(path, text);
  const named = nodesOf(tree).filter((node) => ts.isIdentifier(node) || ts.isPrivateIdentifier(node));
  const found = named
    .filter((node) => isForeign(node.text, path))
    .map(
      (node) => `${path}:${lineOf(node, tree)}: "${node.text}" holds a word we do not use (DESIGN.md, Words)`,
    );
  const fileParts = path.split(/[/.-]/);

  return fileParts.some((part) => bannedWords.test(part))
    ? [...found, `${path}: its name holds a word we do not use (DESIGN.md, Words)`]
    : found;
}

/** The file named by an import is the file that a reader can open. */
export function looseImports(path: string, text: string): readonly string[] {
  const tree = parse(path, text);

  return nodesOf(tree).flatMap((node) => {
    const target = importedPath(node);
    if (target === undefined || !target.startsWith('.') || /\.(tsx?|mjs|json|css)$/.test(target)) return [];

    return [
      `${path}:${lineOf(node, tree)}: the import of "${target}" names no file: relative imports end in .ts`,
    ];
  });
}

/** Where a run's records are read: the room that does, the journals themselves, and the one of a rehearsal. */
const runReaders =
  /^(?!src\/)|^src\/(engine\/run-reader|stores|ports)\/|^src\/engine\/rehearsal\/test-world\.ts$/;

/** Who wants to know what the journal holds of a run asks a RunReader. */
export function strayReads(path: string, text: string): readonly string[] {
  if (runReaders.test(path)) return [];
  const tree = parse(path, text);

  return nodesOf(tree).flatMap((node) =>
    isJournalRead(node)
      ? [`${path}:${lineOf(node, tree)}: it reads a run from the journal itself: ask a RunReader`]
      : [],
  );
}

const readOfRun = /^(read|last)$/;

/** `journal.read`, `stream.journal.last`, `Pick<Journal, 'read'>`, `Journal['last']` and `const { read } = journal`. */
function isJournalRead(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node))
    return readOfRun.test(node.name.text) && isJournal(node.expression);
  if (ts.isIndexedAccessTypeNode(node)) return isJournal(node.objectType) && namesRead(node.indexType);
  if (ts.isTypeReferenceNode(node)) {
    const [of, members] = node.typeArguments ?? [];
    return of !== undefined && members !== undefined && isJournal(of) && namesRead(members);
  }
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return false;
  const { name, initializer } = node;
  if (!ts.isObjectBindingPattern(name) || !isJournal(initializer)) return false;

  return name.elements.some((each) => readOfRun.test(nameIn(each.propertyName ?? each.name)));
}

function isJournal(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node)
    ? isJournal(node.name)
    : ts.isTypeReferenceNode(node)
      ? isJournal(node.typeName)
      : ts.isIdentifier(node) && /journal$/i.test(node.text);
}

function nameIn(name: ts.Node): string {
  return ts.isIdentifier(name) ? name.text : '';
}

function namesRead(node: ts.Node): boolean {
  return nodesOf(node).some((each) => ts.isStringLiteral(each) && readOfRun.test(each.text));
}

function importedPath(node: ts.Node): string | undefined {
  const isStatement = ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
  const isCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const target = isStatement ? node.moduleSpecifier : isCall ? node.arguments[0] : undefined;

  return target !== undefined && ts.isStringLiteral(target) ? target.text : undefined;
}

function isForeign(name: string, path: string): boolean {
  if (borrowedWords.some(({ word, where }) => word.test(name) && where.test(path))) return false;

  return name.split(/(?<=[a-z0-9])(?=[A-Z])|_/).some((part) => bannedWords.test(part));
}

function ownLines(owner: ts.Node, tree: ts.SourceFile): number {
  const inner = functionsDirectlyIn(owner).map((node) => heightOf(node, tree) - 1);

  return heightOf(owner, tree) - inner.reduce((sum, lines) => sum + lines, 0);
}

function functionsDirectlyIn(owner: ts.Node, found: ts.Node[] = []): readonly ts.Node[] {
  ts.forEachChild(owner, (node) => {
    if (ts.isFunctionLike(node)) found.push(node);
    else functionsDirectlyIn(node, found);
  });

  return found;
}

function nodesOf(node: ts.Node, found: ts.Node[] = []): readonly ts.Node[] {
  found.push(node);
  ts.forEachChild(node, (child) => {
    nodesOf(child, found);
  });

  return found;
}

function heightOf(node: ts.Node, tree: ts.SourceFile): number {
  return tree.getLineAndCharacterOfPosition(node.end).line + 1 - lineOf(node, tree) + 1;
}

function lineOf(node: ts.Node, tree: ts.SourceFile): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

function parse(path: string, text: string): ts.SourceFile {
  const kind = path.endsWith('.tsx') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;

  return ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, false, kind);
}
