import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  DiagnosticSeverity,
} from 'vscode-languageserver/node.js';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Problem } from '../../../machines/language/problem.ts';
import { taskNamesInText } from '../../../machines/language/text/task-names-in-text.ts';
import type { KnownWorld } from '../../../machines/language/world/world.ts';
import type { Readable } from '../../api/vocabulary.ts';
import { looksLikeDefinition } from '../../files/local-definitions.ts';
import { agentsFileName } from '../../ports/work/agent-admin.ts';
import { modelsFileName } from '../../ports/work/models.ts';
import { readableIn } from '../../projections/readable.ts';
import { createFileWorlds } from '../check/file-worlds.ts';
import type { Invocation } from '../invocation.ts';

/** What the server has of a text, from when it could last be read. */
export type Last = { readonly readable?: Readable; readonly tasks: readonly string[] };

/** All that is wrong with a text, as `workflow check` says it. `keep` gets what could be read of it. */
export async function problemsOf(
  invocation: Invocation,
  document: TextDocument,
  {
    actions,
    keep,
  }: { readonly actions: () => Promise<KnownWorld['actions']>; readonly keep: (found: Last) => void },
): Promise<readonly Problem[]> {
  const path = fileURLToPath(document.uri);
  const text = document.getText();
  const source = { path, file: basename(path), content: new TextEncoder().encode(text) };
  if (source.file === agentsFileName && !looksLikeDefinition(text)) {
    const { loadAgents } = await import('../../../machines/agents/load-agents.ts');
    const result = loadAgents(source);
    return result.ok ? result.warnings : result.problems;
  }
  if (source.file === modelsFileName && !looksLikeDefinition(text)) {
    const { loadModels } = await import('../../../machines/models/load-models.ts');
    const result = loadModels(source);
    return result.ok ? result.warnings : result.problems;
  }
  if (!looksLikeDefinition(text)) return [];
  const result = await createFileWorlds(invocation, { paths: [path], offline: false }).check(source);
  const tasks = taskNamesInText(text).flatMap(({ id, isDeclared }) => (isDeclared ? [id] : []));
  if (result.ok) keep({ readable: readableIn(result.loaded.definition, await actions()), tasks });
  else if (tasks.length > 0) keep({ tasks });

  return result.ok ? [...result.warnings, ...result.misfits] : result.problems;
}

/** A problem as editors show it. */
export function diagnosticOf({ line, column, length, severity, message, code, fix }: Problem): Diagnostic {
  return {
    range: {
      start: { line: line - 1, character: column - 1 },
      end: { line: line - 1, character: column - 1 + length },
    },
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    source: 'workflow',
    code,
    message,
    ...(fix === undefined ? {} : { data: { fix } }),
  };
}

/** The text that would mend it, where it stands for all that is marked. */
export function fixOf(document: TextDocument, diagnostic: Diagnostic): readonly CodeAction[] {
  const { fix } = (diagnostic.data ?? {}) as { readonly fix?: string };
  if (fix === undefined) return [];
  const marked = document.getText(diagnostic.range);
  // Of a path only the last name is meant.
  const newText = marked.includes('.') && !fix.includes('.') ? marked.replace(/[^.]*$/, fix) : fix;

  return [
    {
      title: `Write ${newText}`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: true,
      edit: { changes: { [document.uri]: [{ range: diagnostic.range, newText }] } },
    },
  ];
}
