import { readFileSync } from 'node:fs';
import { loadDefinition } from '../../../../machines/language/load-definition.ts';
import type { KnownContract, KnownWorld } from '../../../../machines/language/world/world.ts';
import { createActions } from '../../../../src/actions/registry.ts';

/** A text without its common indentation. */
function child(text: string): KnownContract {
  const result = loadDefinition({ file: 'child.yaml', content: text });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  const { definition, ref } = result.loaded;

  return { id: ref.id, version: ref.version, definition };
}

const billing = child(`workflow:
  id: billing
  version: 2
  input:
    required: [amount]
    properties: {amount: {type: number, minimum: 0}, currency: {type: string, enum: [CHF, EUR]}}
  output: [invoice]
  tasks: [{id: bill, assigned_to: WRITER, output: [invoice]}]
`);

const echo = child(`workflow:
  id: echo
  version: 1
  input: {optional: [word]}
  triggers: [{on: ping.sent}]
  tasks: [{id: back, type: EVENT, event: {type: pong.sent}}]
`);

const fixed = child(`workflow:
  id: fixed
  version: 1
  output: {code: "7", all: [1], seen: "\${look.output.folder}"}
  tasks: [{id: look, uses: folders.create, input: {folder: x}}]
`);

const early = child(`workflow:
  id: early
  version: 1
  input: {required: [n], properties: {n: {type: number}}}
  output: {n: "\${workflow.input.n}"}
  tasks:
    - {id: stop, type: TERMINATE, when: workflow.input.n > 3, status: COMPLETED, output: {n: too many}}
    - {id: work, assigned_to: WRITER}
`);

const failed = child(`workflow:
  id: on-failure
  version: 1
  input: {required: [error, failed_task]}
  tasks: [{id: tell, uses: notify, input: {message: "\${workflow.input.failed_task}"}}]
`);

const picky = child(`workflow:
  id: picky-failure
  version: 1
  input: {required: [error, team]}
  tasks: [{id: tell, uses: notify, input: {message: "\${workflow.input.team}"}}]
`);

/** A project with three agents, three principals, six definitions and one secret. */
export const world: KnownWorld = {
  actions: Object.fromEntries([...createActions()].map(([name, action]) => [name, action.known()])),
  agents: [
    { name: 'WRITER', level: 'L3', skills: ['write', 'review'] },
    { name: 'SCANNER', level: 'L2', skills: ['scan'] },
    { name: 'CRITIC', level: 'L1', skills: ['review'] },
  ],
  models: [
    { name: 'fast', isPriced: true },
    { name: 'free', isPriced: false },
  ],
  principals: [
    { name: 'ana', level: 'L1' },
    { name: 'ben', level: 'L2' },
    { name: 'dan', level: 'L3' },
  ],
  definitions: [billing, { id: 'billing', version: 1 }, echo, fixed, early, failed, picky],
  secrets: ['DEPLOY_KEY'],
  shells: ['sh', 'bash'],
};

/** What is found in a definition of this world: `severity code: message`, each in a line. */
export function foundIn(content: string, around: KnownWorld = world): readonly string[] {
  const result = loadDefinition({ file: 'a.yaml', content, world: around });
  const problems = result.ok ? [...result.warnings, ...result.misfits] : result.problems;

  return problems.map(
    ({ severity, code, message, path }) =>
      `${severity} ${code.replace('definition.', '')} at ${path}: ${message}`,
  );
}

/** A definition with these tasks; `more` are lines of the workflow. */
export function definitionOf(tasks: readonly string[], more: readonly string[] = []): string {
  const lines = [
    'workflow:',
    '  id: subject',
    '  version: 1',
    ...more.map((line) => `  ${line}`),
    '  tasks:',
  ];

  return `${[...lines, ...tasks.map((task) => `    - ${task}`)].join('\n')}\n`;
}

export type Row = {
  readonly title: string;
  readonly text: string;
  readonly error?: string;
  readonly warning?: string;
  /** Cases of the definition, each a mapping as `workflow test` reads it. */
  readonly cases: readonly string[];
};

/** `##` begins a family, `#` a row; `>` lines of the workflow, `-` tasks, `!` the error, `?` the warning, `*` cases. */
export function rowsIn(name: string): readonly (readonly [family: string, rows: readonly Row[]])[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');

  return text.split(/^## /m).flatMap((family) => {
    const [title = '', ...rows] = family.split(/^# /m);

    return rows.length === 0 ? [] : [[title.trim(), rows.map(rowOf)] as const];
  });
}

function rowOf(text: string): Row {
  const [title = '', ...lines] = text.trimEnd().split('\n');
  const marked = (mark: string) =>
    lines.flatMap((line) => (line.startsWith(`${mark} `) ? [line.slice(2)] : []));
  const [error] = marked('!');
  const [warning] = marked('?');

  return {
    title,
    text: definitionOf(marked('-'), marked('>')),
    cases: marked('*'),
    ...(error === undefined ? {} : { error }),
    ...(warning === undefined ? {} : { warning }),
  };
}
