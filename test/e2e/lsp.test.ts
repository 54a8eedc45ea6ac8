// The language server as an editor starts it. Method: the built program in a project of its own, spoken with over stdin
// and stdout; and the VS Code extension's files, as far as they can be read without VS Code.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node.js';
import { builtCli } from './station.ts';

test('workflow lsp --stdio tells problems, and ends when the editor says so; it starts no server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-lsp-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'definitions'));
  const path = join(folder, 'definitions', 'greet.yaml');
  const text = 'workflow:\n  id: greet\n  version: 1\n  tasks: [{id: a, type: NOP}]\n';
  await writeFile(path, text);
  const server = spawn(process.execPath, [builtCli, 'lsp', '--stdio'], { cwd: folder });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const editor = createMessageConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  );
  const told = new Promise(
    (resolve) => void editor.onNotification('textDocument/publishDiagnostics', resolve),
  );
  editor.listen();
  const answer = await editor.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
  });
  expect(answer).toMatchObject({
    serverInfo: { name: 'workflow lsp' },
    capabilities: { hoverProvider: true },
  });
  const textDocument = { uri: pathToFileURL(path).href, languageId: 'yaml', version: 1, text };
  await editor.sendNotification('textDocument/didOpen', { textDocument });
  expect(await told).toMatchObject({
    diagnostics: [{ code: 'definition.unknown-type', range: { start: { line: 3, character: 24 } } }],
  });
  await editor.sendRequest('shutdown');
  await editor.sendNotification('exit');
  expect(await ended).toBe(0);
  expect(existsSync(join(folder, '.3ox'))).toBe(false);
});

test('the VS Code extension starts the command that its setting names by default', async () => {
  const folder = new URL('../../examples/editors/vscode/', import.meta.url);
  const manifest = JSON.parse(await readFile(new URL('package.json', folder), 'utf8'));
  const setting = manifest.contributes.configuration.properties['3oxWorkflow.command'];
  expect(setting.default.slice(-2)).toEqual(['workflow', 'lsp']);
  expect(await readFile(new URL(manifest.main, folder), 'utf8')).toContain(
    "getConfiguration('3oxWorkflow').get('command')",
  );
});
