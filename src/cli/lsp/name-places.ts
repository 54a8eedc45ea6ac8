import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Definition,
  ErrorCodes,
  type Range,
  ResponseError,
  type WorkspaceEdit,
} from 'vscode-languageserver/node.js';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { idPattern } from '../../../machines/language/schema/shapes.ts';
import { type TaskName, taskNamesInText } from '../../../machines/language/text/task-names-in-text.ts';
import { yamlPlaceAt } from '../../editing/yaml-place.ts';
import type { DefinitionFile } from '../../ports/definitions/project-definitions.ts';
import { agentsFileName } from '../../ports/work/agent-admin.ts';

/** The folder of a project, and the definitions in it. */
export type ProjectFiles = { readonly dir: string; readonly files: () => Promise<readonly DefinitionFile[]> };

/** A task: where its id stands. A workflow or an agent: the file that declares it. */
export async function definitionAt(
  document: TextDocument,
  offset: number,
  project: ProjectFiles,
): Promise<Definition | null> {
  const declared = namesOfTaskAt(document, offset).find(({ isDeclared }) => isDeclared);
  if (declared !== undefined) return { uri: document.uri, range: rangeOf(document, declared) };
  const { key } = yamlPlaceAt(document.getText(), offset);
  const word = wordAt(document, offset);
  if (key === 'workflow' || key === 'failure_workflow') {
    const files = await project.files();
    const file = files.find(({ named, source }) => named?.id === word && source === 'project');
    return file === undefined
      ? null
      : placeIn(resolve(project.dir, file.file), new RegExp(`^ +id: *${word}\\b`, 'm'));
  }
  if (key === 'assigned_to')
    return placeIn(join(project.dir, agentsFileName), new RegExp(`name: *${word}\\b|^ +${word}(?= *:)`, 'm'));

  return null;
}

async function placeIn(path: string, pattern: RegExp): Promise<Definition | null> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const found = text === undefined ? null : pattern.exec(text);
  if (text === undefined || found === null) return null;
  const file = TextDocument.create(pathToFileURL(path).href, 'yaml', 0, text);

  return { uri: file.uri, range: rangeOf(file, { start: found.index, end: found.index + found[0].length }) };
}

function wordAt(document: TextDocument, offset: number): string {
  const text = document.getText();
  const before = /[\w.-]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? '';

  return before + (/^[\w.-]*/.exec(text.slice(offset, offset + 200))?.[0] ?? '');
}

/** The name of a task that stands at a place. */
export function taskNameAt(document: TextDocument, offset: number): TaskName | undefined {
  return taskNamesInText(document.getText()).find(({ start, end }) => start <= offset && offset <= end);
}

/** All places that name the task at a place. */
export function namesOfTaskAt(document: TextDocument, offset: number): readonly TaskName[] {
  const asked = taskNameAt(document, offset);

  return asked === undefined ? [] : taskNamesInText(document.getText()).filter(({ id }) => id === asked.id);
}

/** The edit that gives the task at a place another id, or why there is none. */
export function renamed(
  document: TextDocument,
  offset: number,
  newName: string,
): WorkspaceEdit | ResponseError {
  const names = namesOfTaskAt(document, offset);
  const refused = (why: string) => new ResponseError(ErrorCodes.InvalidParams, why);
  if (!idPattern.test(newName))
    return refused(
      `"${newName}" is not an id: lower-case letters, digits, _ and -, beginning with a letter or digit`,
    );
  if (taskNamesInText(document.getText()).some(({ id }) => id === newName))
    return refused(`there is a task "${newName}" already`);
  if (!/^[A-Za-z_]\w*$/.test(newName) && names.some(({ isBare }) => isBare))
    return refused(
      `expressions read this task by its name: in them "${newName}" would be no name, but a subtraction`,
    );

  return {
    changes: { [document.uri]: names.map((name) => ({ range: rangeOf(document, name), newText: newName })) },
  };
}

/** Characters from 0 as lines and columns. */
export function rangeOf(
  document: TextDocument,
  { start, end }: { readonly start: number; readonly end: number },
): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
