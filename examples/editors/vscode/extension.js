// The extension has VS Code speak with `workflow lsp`; all it knows of the language is there.
const { workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

exports.activate = async () => {
  const [command, ...args] = workspace.getConfiguration('3oxWorkflow').get('command');
  const cwd = workspace.workspaceFolders?.[0]?.uri.fsPath;
  client = new LanguageClient(
    '3oxWorkflow',
    '3OX Workflow',
    { command, args, options: { cwd } },
    { documentSelector: [{ scheme: 'file', language: 'yaml' }] },
  );
  await client.start();
};

exports.deactivate = () => client?.stop();
