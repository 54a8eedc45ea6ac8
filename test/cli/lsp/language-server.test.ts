// `workflow lsp`: what an editor is told. Method: the messages of the protocol over a pair of streams, in a project of
// its own; test/e2e/lsp.test.ts does the same with the built program.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node.js';
import { runCli } from '../../../src/cli/program/program.ts';
import { createProject } from '../project.ts';
import { createTestIo } from '../test-io.ts';

const orders = `workflow:
  id: orders
  version: 1
  input: {required: [amount], properties: {amount: {type: integer}}}
  tasks:
    - id: charge
      uses: files.scan
      input: {folder: "in/\${workflow.input.amount}"}
    - {id: tell, type: TRANSFORM, depends_on: charge, output: {note: "\${charge.output.total_files}"}}
    - {id: other, type: SUB_WORKFLOW, workflow: refunds, depends_on: [tell], when: 'tasks["tell"].status == "COMPLETED"'}
  output: {note: "\${tell.output.note}"}
`;
const refunds = 'workflow:\n  id: refunds\n  version: 1\n  tasks: [{id: pay, type: NOOP}]\n';
const agents = 'agents:\n  - {name: WRITER, level: L2, skills: [write]}\n';

async function openEditor(text: string) {
  const { app, dir } = await createProject({
    'definitions/orders.yaml': text,
    'definitions/refunds.yaml': refunds,
    'agents.yaml': agents,
  });
  const [input, output] = [new PassThrough(), new PassThrough()];
  const io = createTestIo({ cwd: dir, streams: { input, output } });
  const serving = runCli(['lsp'], app, io);
  const editor = createMessageConnection(new StreamMessageReader(output), new StreamMessageWriter(input));
  const problems: { code: string; range: unknown; message: string }[][] = [];
  editor.onNotification(
    'textDocument/publishDiagnostics',
    ({ diagnostics }) => void problems.push(diagnostics),
  );
  editor.listen();
  const uri = pathToFileURL(join(dir, 'definitions/orders.yaml')).href;
  const textDocument = { uri, languageId: 'yaml', version: 1, text };
  await editor.sendRequest('initialize', { processId: null, rootUri: null, capabilities: {} });
  await editor.sendNotification('textDocument/didOpen', { textDocument });
  onTestFinished(async () => {
    await editor.sendRequest('shutdown');
    await editor.sendNotification('exit');
    expect(await serving).toBe(0);
    editor.dispose();
  });
  await expect.poll(() => problems.length, { timeout: 30_000 }).toBe(1);
  let version = 1;
  const change = async (whole: string) => {
    version += 1;
    const said = problems.length;
    await editor.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ text: whole }],
    });
    await expect.poll(() => problems.length, { timeout: 30_000 }).toBe(said + 1);
  };

  return { dir, editor, problems, uri, change };
}

/** The text with `|` taken out, and the place where it stood. */
function marked(text: string) {
  const lines = text.slice(0, text.indexOf('|')).split('\n');

  return {
    text: text.replace('|', ''),
    position: { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 },
  };
}

async function labelsAt(textWithCursor: string): Promise<string[]> {
  const { text, position } = marked(textWithCursor);
  const { editor, uri, change } = await openEditor(orders);
  await change(text);
  const found = await editor.sendRequest('textDocument/completion', { textDocument: { uri }, position });

  return (found as { label: string }[]).map(({ label }) => label);
}

test('what is wrong is told with its place, as it is typed, and goes when it is mended', async () => {
  const { problems, change } = await openEditor(orders.replace('depends_on: charge', 'depends_on: chrge'));
  expect(problems.at(-1)).toMatchObject([
    {
      code: 'definition.unknown-task',
      message: 'no task "chrge"; did you mean "charge"?',
      range: { start: { line: 8, character: 46 }, end: { line: 8, character: 51 } },
    },
  ]);
  await change(orders);
  expect(problems.at(-1)).toEqual([]);
});

test('a problem with one likely mending offers it', async () => {
  const { editor, problems, uri } = await openEditor(orders.replace('files.scan', 'files.sacn'));
  const diagnostic = problems.at(-1)?.find(({ code }) => code === 'definition.unknown-action');
  const actions = await editor.sendRequest('textDocument/codeAction', {
    textDocument: { uri },
    range: diagnostic?.range,
    context: { diagnostics: [diagnostic] },
  });
  expect(actions).toMatchObject([
    {
      title: 'Write files.scan',
      edit: { changes: { [uri]: [{ range: diagnostic?.range, newText: 'files.scan' }] } },
    },
  ]);
});

test.each([
  [
    'tasks, not the one itself',
    orders.replace('depends_on: charge', 'depends_on: |'),
    ['charge', 'other'],
    ['tell'],
  ],
  ['tasks in a list', orders.replace('[tell]', '[|]'), ['charge', 'tell'], ['orders']],
  ['actions', orders.replace('files.scan', 'files.|'), ['files.scan', 'files.copy'], ['charge']],
  ['agents', orders.replace('uses: files.scan', 'assigned_to: |'), ['WRITER'], ['charge']],
  ['workflows', orders.replace('workflow: refunds', 'workflow: |'), ['refunds', 'orders'], ['charge']],
  ['skills', orders.replace('uses: files.scan', 'requires: |'), ['write'], ['WRITER']],
  [
    'keys within braces',
    orders.replace('depends_on: charge,', '|'),
    ['depends_on', 'timeout'],
    ['id', 'type'],
  ],
  [
    'keys of a task',
    orders.replace('      uses: files.scan', '      |'),
    ['uses', 'timeout'],
    ['id', 'triggers'],
  ],
  ['types', orders.replace('type: TRANSFORM', 'type: |'), ['TRANSFORM', 'HUMAN'], ['charge']],
  [
    'inputs in an expression',
    orders.replace('workflow.input.amount', 'workflow.input.|'),
    ['amount'],
    ['charge'],
  ],
  [
    'outputs in an expression',
    orders.replace('charge.output.total_files', 'charge.output.|'),
    ['total_files'],
    ['uses'],
  ],
])('%s are offered', async (_what, text, offered, not) => {
  const labels = await labelsAt(text);
  expect(labels).toEqual(expect.arrayContaining(offered));
  for (const each of not) expect(labels).not.toContain(each);
});

test('a task is renamed wherever it is named, in keys and in expressions', async () => {
  const { editor, uri } = await openEditor(orders);
  const { position } = marked(orders.replace('id: charge', 'id: ch|arge'));
  const edit = (await editor.sendRequest('textDocument/rename', {
    textDocument: { uri },
    position,
    newName: 'bill',
  })) as {
    changes: Record<string, { range: unknown; newText: string }[]>;
  };
  expect(edit.changes[uri]).toHaveLength(3);
  expect(
    await editor.sendRequest('textDocument/references', { textDocument: { uri }, position }),
  ).toHaveLength(3);
});

test.each([
  ['tell', 'there is a task "tell" already'],
  ['No Name', 'is not an id'],
  ['a-b', 'a subtraction'],
])('the name %s is refused, with why', async (newName, why) => {
  const { editor, uri } = await openEditor(orders);
  const { position } = marked(orders.replace('id: charge', 'id: ch|arge'));
  const asked = editor.sendRequest('textDocument/rename', { textDocument: { uri }, position, newName });
  await expect(asked).rejects.toThrow(why);
});

test('from a name one comes to what it names: a task, a workflow, an agent', async () => {
  const { editor, uri, dir, change } = await openEditor(orders);
  const definitionOf = async (text: string) => {
    const { position } = marked(text);
    return editor.sendRequest('textDocument/definition', { textDocument: { uri }, position });
  };
  expect(await definitionOf(orders.replace('{charge.output', '{cha|rge.output'))).toMatchObject({
    uri,
    range: { start: { line: 5, character: 10 } },
  });
  expect(await definitionOf(orders.replace('workflow: refunds', 'workflow: ref|unds'))).toMatchObject({
    uri: pathToFileURL(join(dir, 'definitions/refunds.yaml')).href,
    range: { start: { line: 1 } },
  });
  const assigned = orders.replace('uses: files.scan', 'assigned_to: WRITER');
  await change(assigned);
  expect(await definitionOf(assigned.replace('WRITER', 'WRI|TER'))).toMatchObject({
    uri: pathToFileURL(join(dir, 'agents.yaml')).href,
    range: { start: { line: 1 } },
  });
  await writeFile(join(dir, 'agents.yaml'), 'agents:\n  OTHER: {}\n  WRITER: {description: WRITER}\n');
  expect(await definitionOf(assigned.replace('WRITER', 'WRI|TER'))).toMatchObject({
    range: { start: { line: 2 } },
  });
});

test('a key and a word of an expression say what they are for', async () => {
  const { editor, uri } = await openEditor(orders);
  const hover = async (text: string) =>
    JSON.stringify(
      await editor.sendRequest('textDocument/hover', {
        textDocument: { uri },
        position: marked(text).position,
      }),
    );
  expect(await hover(orders.replace('uses: files', 'us|es: files'))).toContain('action');
  expect(await hover(orders.replace('{workflow.input', '{work|flow.input'))).toContain('**workflow');
});

test('the tasks are the outline of the file', async () => {
  const { editor, uri } = await openEditor(orders);
  const symbols = (await editor.sendRequest('textDocument/documentSymbol', { textDocument: { uri } })) as {
    name: string;
  }[];
  expect(symbols.map(({ name }) => name)).toEqual(['charge', 'tell', 'other']);
});

test('agents.yaml is checked, too, and other YAML files are left alone', async () => {
  const { editor, dir, problems } = await openEditor(orders);
  const open = async (name: string, text: string) => {
    await writeFile(join(dir, name), text);
    const uri = pathToFileURL(join(dir, name)).href;
    const said = problems.length;
    await editor.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    });
    await expect.poll(() => problems.length, { timeout: 30_000 }).toBe(said + 1);
    return problems.at(-1);
  };
  expect(await open('agents.yaml', 'agents:\n  - {name: WRITER, levl: L2}\n')).toMatchObject([
    { message: expect.stringContaining('did you mean "level"?') },
  ]);
  expect(await open('compose.yaml', 'services: {web: {image: nginx}}\n')).toEqual([]);
});

test('a person who calls it is told that it is for editors', async () => {
  const { cli } = await createProject({});
  expect(await cli('lsp')).toMatchObject({ exit: 2, err: expect.stringContaining('speaks with an editor') });
});
