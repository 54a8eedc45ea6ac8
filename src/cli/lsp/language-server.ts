import { createConnection } from 'vscode-languageserver/lib/common/server.js';
import {
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type Connection,
  createProtocolConnection,
  type Hover,
  MarkupKind,
  type Position,
  StreamMessageReader,
  StreamMessageWriter,
  SymbolKind,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node.js';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { definitionJsonSchema } from '../../../machines/language/json-schema.ts';
import { taskNamesInText } from '../../../machines/language/text/task-names-in-text.ts';
import { contractOfFile, type KnownWorld } from '../../../machines/language/world/world.ts';
import type { Readable } from '../../api/vocabulary.ts';
import { docsAt } from '../../editing/docs-at.ts';
import { expressionAt } from '../../editing/expression-place.ts';
import { offeredWords } from '../../editing/expression-words.ts';
import { type EditorNames, offeredNames } from '../../editing/offered-names.ts';
import { offeredAt } from '../../editing/schema-keys.ts';
import { yamlPlaceAt } from '../../editing/yaml-place.ts';
import { projectNames } from '../../projections/definition/project-names.ts';
import { vocabulary } from '../../projections/definition/vocabulary.ts';
import type { EditorStreams } from '../app.ts';
import type { Invocation } from '../invocation.ts';
import { versionText } from '../version.ts';
import { diagnosticOf, fixOf, type Last, problemsOf } from './editor-problems.ts';
import {
  definitionAt,
  namesOfTaskAt,
  type ProjectFiles,
  rangeOf,
  renamed,
  taskNameAt,
} from './name-places.ts';

/** Someone who types is not told of what is wrong with each letter. */
const restMs = 200;
/** What is known of the project is looked at again after so long. */
const worldMs = 3_000;

type Known = {
  readonly actions: KnownWorld['actions'];
  readonly names: Omit<EditorNames, 'tasks'>;
  readonly files: Files;
};
type Files = Awaited<ReturnType<Awaited<ReturnType<Invocation['app']['definitionFiles']>>['list']>>;

/**
 * Speaks the Language Server Protocol (3.17) with an editor until it says `exit`: problems, completion, what a word
 * means, where it is defined and used, and the renaming of a task. Starts nothing and asks no server for a run.
 */
export function serveEditor(invocation: Invocation, { input, output }: EditorStreams): Promise<void> {
  const { connection, ended } = connected(input, output);
  const documents = new TextDocuments(TextDocument);
  const words = {
    vocabulary: vocabulary(),
    schema: definitionJsonSchema() as Readonly<Record<string, unknown>>,
  };
  const last = new Map<string, Last>();
  const project = createProject(invocation);
  const texts = { documents, last, words, project };

  connection.onInitialize(() => ({
    serverInfo: { name: 'workflow lsp', version: versionText() },
    capabilities: {
      textDocumentSync: TextDocumentSyncKind.Incremental,
      completionProvider: { triggerCharacters: ['.', '{', ' ', '[', ','] },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      documentSymbolProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
      renameProvider: { prepareProvider: true },
    },
  }));
  reportProblems(connection, invocation, texts);
  answerQuestions(connection, texts);
  documents.listen(connection);
  connection.listen();

  return ended;
}

/** A connection that is over when the editor says so, or is gone: the library's own would end the whole process. */
function connected(input: EditorStreams['input'], output: EditorStreams['output']) {
  let end = (): void => {};
  const ended = new Promise<void>((done) => {
    end = done;
  });
  input.once('end', () => end());
  const [reader, writer] = [new StreamMessageReader(input), new StreamMessageWriter(output)];
  const connection = createConnection((logger) => createProtocolConnection(reader, writer, logger), {
    shutdownReceived: false,
    initialize: () => {},
    exit: () => end(),
  });

  return { connection, ended };
}

type Texts = {
  readonly documents: TextDocuments<TextDocument>;
  readonly last: Map<string, Last>;
  readonly words: {
    readonly vocabulary: ReturnType<typeof vocabulary>;
    readonly schema: Readonly<Record<string, unknown>>;
  };
  readonly project: Project;
};

type Project = ProjectFiles & { readonly known: () => Promise<Known> };

function createProject({ app, io, projectDir }: Invocation): Project {
  let known: Promise<Known> | undefined;
  let since = 0;
  const dir = projectDir();

  const look = (): Promise<Known> => {
    if (known === undefined || io.clock.steady() - since > worldMs) {
      since = io.clock.steady();
      known = seen(app, dir);
    }
    return known;
  };

  return { dir, known: look, files: async () => (await look()).files };
}

async function seen(app: Invocation['app'], dir: string): Promise<Known> {
  const registered = await app.registered(dir).catch(() => undefined);
  const [local, files] = await Promise.all([app.world(dir), (await app.definitionFiles(dir)).list()]);
  const world: KnownWorld = { ...local, ...(registered ?? {}) };
  const definitions = [...(world.definitions ?? []), ...files.flatMap(contractOfFile)];

  return { actions: world.actions, names: projectNames({ ...world, definitions }), files };
}

function reportProblems(
  connection: Connection,
  invocation: Invocation,
  { documents, last, project }: Texts,
): void {
  const waiting = new Map<string, () => void>();
  const check = async (uri: string): Promise<void> => {
    const document = documents.get(uri);
    if (document === undefined) return;
    const problems = await problemsOf(invocation, document, {
      actions: async () => (await project.known()).actions,
      keep: (found) => last.set(uri, { ...last.get(uri), ...found }),
    });
    // It may have changed meanwhile: the next look tells.
    if (documents.get(uri)?.version !== document.version) return;
    await connection.sendDiagnostics({
      uri,
      version: document.version,
      diagnostics: problems.map(diagnosticOf),
    });
  };
  documents.onDidChangeContent(({ document: { uri } }) => {
    waiting.get(uri)?.();
    const failed = (error: unknown): void => connection.console.error(String(error));
    waiting.set(
      uri,
      invocation.io.clock.after(restMs, () => void check(uri).catch(failed)),
    );
  });
  documents.onDidClose(({ document: { uri } }) => {
    waiting.get(uri)?.();
    last.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
}

type At = { readonly textDocument: { readonly uri: string }; readonly position: Position };

function answerQuestions(connection: Connection, texts: Texts): void {
  const { documents } = texts;
  const withText = <Answer>(uri: string, answer: (document: TextDocument) => Answer): Answer | null => {
    const document = documents.get(uri);
    return document === undefined ? null : answer(document);
  };
  const at = <Answer>(
    { textDocument, position }: At,
    answer: (document: TextDocument, offset: number) => Answer,
  ) => withText(textDocument.uri, (document) => answer(document, document.offsetAt(position)));

  connection.onCompletion((asked) => at(asked, (document, offset) => completions(document, offset, texts)));
  connection.onHover((asked) => at(asked, (document, offset) => hover(document, offset, texts)));
  connection.onDefinition((asked) =>
    at(asked, (document, offset) => definitionAt(document, offset, texts.project)),
  );
  connection.onReferences((asked) =>
    at(asked, (document, offset) =>
      namesOfTaskAt(document, offset).map((name) => ({ uri: document.uri, range: rangeOf(document, name) })),
    ),
  );
  connection.onPrepareRename((asked) =>
    at(asked, (document, offset) => {
      const name = taskNameAt(document, offset);
      return name === undefined ? null : rangeOf(document, name);
    }),
  );
  connection.onRenameRequest((asked) =>
    at(asked, (document, offset) => renamed(document, offset, asked.newName)),
  );
  connection.onDocumentSymbol(({ textDocument }) =>
    withText(textDocument.uri, (document) =>
      taskNamesInText(document.getText()).flatMap((name) => {
        const range = rangeOf(document, name);
        return name.isDeclared
          ? [{ name: name.id, kind: SymbolKind.Function, range, selectionRange: range }]
          : [];
      }),
    ),
  );
  connection.onCodeAction(({ textDocument, context }) =>
    withText(textDocument.uri, (document) => context.diagnostics.flatMap((each) => fixOf(document, each))),
  );
}

const kinds = {
  variable: CompletionItemKind.Variable,
  property: CompletionItemKind.Property,
  function: CompletionItemKind.Function,
  method: CompletionItemKind.Method,
} as const;

async function completions(
  document: TextDocument,
  offset: number,
  { last, words, project }: Texts,
): Promise<CompletionItem[]> {
  const text = document.getText();
  const place = yamlPlaceAt(text, offset);
  const { readable, tasks = [] } = last.get(document.uri) ?? {};
  const expression = expressionAt(text, offset, words.vocabulary.conditionKeys);
  const item = (from: number, newText: string) => ({
    textEdit: { newText, range: { start: document.positionAt(from), end: document.positionAt(offset) } },
  });
  if (expression !== undefined) {
    return offeredWords(expression, place, { vocabulary: words.vocabulary, readable }).map((word) => ({
      ...{ label: word.label, kind: kinds[word.kind], detail: word.detail, documentation: word.doc },
      ...item(expression.from, word.apply ?? word.label),
    }));
  }
  const from = offset - (/[\w.@-]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0].length ?? 0);
  const ending = place.key === undefined ? ': ' : '';
  const keys = offeredAt(words.schema, place).map(({ label, detail, isRequired }) => ({
    ...{ label, detail: isRequired ? 'required' : '', documentation: detail },
    kind: place.key === undefined ? CompletionItemKind.Property : CompletionItemKind.EnumMember,
    ...item(from, `${label}${ending}`),
  }));
  const known = { ...(await project.known()).names, tasks: namedTasks(readable, tasks) };
  const names = offeredNames(place, known).map(({ name, about }) => ({
    ...{ label: name, detail: about, kind: CompletionItemKind.Reference },
    ...item(from, name),
  }));

  return [...names, ...keys];
}

function namedTasks(readable: Readable | undefined, tasks: readonly string[]): EditorNames['tasks'] {
  return tasks.map((id) => {
    const task = readable?.tasks.find((each) => each.id === id);
    return { name: id, about: task === undefined ? '' : [task.type, task.name].filter(Boolean).join(', ') };
  });
}

function hover(document: TextDocument, offset: number, { last, words }: Texts): Hover | null {
  const known = {
    schema: words.schema,
    words: { vocabulary: words.vocabulary, readable: last.get(document.uri)?.readable },
  };
  const docs = docsAt(document.getText(), offset, known);
  if (docs === undefined) return null;
  const value = `**${docs.title}**\n\n${docs.doc}`;

  return {
    contents: { kind: MarkupKind.Markdown, value },
    range: { start: document.positionAt(docs.from), end: document.positionAt(docs.to) },
  };
}
