// docs/templates.md is made from the definitions that ship with a demo, their cases and their demos, so that it cannot
// tell anything else.
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Definition } from '../../machines/definition.ts';
import type { InputProperty } from '../../machines/input-property.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { formatProblems } from '../../machines/language/problem.ts';
import { loadCases } from '../../machines/prover/cases/load-cases.ts';
import { taskFlowText } from '../../src/cli/commands/definitions/chart.ts';
import { type Demo, demos } from '../../src/cli/demo/demos.ts';

const root = new URL('../../', import.meta.url);

/** What the scenarios of `workflow test` leave uncovered, by template: the tasks, and why. */
export const leftUncovered: Readonly<Record<string, readonly (readonly [tasks: string, why: string])[]>> = {
  'batch-inventory-validation': [
    ['fork_scan_all', 'all of its folders may fail, so it fails of none'],
    ['folder_gate, folder_result', 'their expressions read only what is always there, and cannot fail'],
  ],
  'content-approval': [
    ['editing, review, learn, drop', 'their expressions read only what is always there, and cannot fail'],
  ],
  'daily-operations': [
    ['run', 'that a task fails while it is paused was not found on the walks'],
    ['system_maintenance, inbound_mail', 'their inputs read only inputs of the run, and cannot fail'],
  ],
  'employee-onboarding': [
    ['sign_contract, first_talk, settle_in', 'their names and times read only inputs, and cannot fail'],
  ],
  'incident-response': [
    ['detect_anomaly, severity_gate', 'their expressions read only numbers that are there, and cannot fail'],
  ],
  'invoice-approval': [
    ['first_approval, second_approval, amount_gate', 'their expressions read only inputs, and cannot fail'],
    ['second_approval', 'that it is handed on to somebody else was not found on the walks'],
  ],
  'lead-qualification': [['drop_lead', 'what it reads is always there, and cannot fail']],
  'order-to-cash': [
    ['run', 'it never ends at once where an order is refused: the hold on the credit is undone'],
  ],
  'project-setup': [
    ['write_manifest, refuse_project', 'their expressions read only what is always there, and cannot fail'],
  ],
  'release-train': [
    ['run', 'it never fails at once, as both stages are put back first, and its output cannot fail'],
    ['soak', 'its time reads only a number, and cannot fail'],
  ],
  'research-coordination': [
    [
      'research_git_hooks, research_file_watchers, research_bft',
      'that one is skipped was not found on the walks: nothing that they wait for is',
    ],
  ],
  'station-deployment': [
    [
      'run, withdraw_registration',
      'that the undoing fails, or is cut short by hand, was not found on the walks',
    ],
    [
      'initialize_3ox_index, configure_1n_0ut, register_with_cmd_bridge, refuse_station',
      'their expressions read only what is always there, and cannot fail',
    ],
  ],
  'support-ticket': [['read_answer', 'what it shows is always there']],
};

/** Inputs that no `description` explains: a version that was published is not changed for an explanation. */
const explained: Readonly<Record<string, string>> = {
  'lead-qualification asked_for_demo': 'Whether they want to be shown the product.',
  'daily-operations inbound_folder': 'Folder that mail comes in by.',
  'daily-operations output_folder': 'Folder of the project that the report goes to.',
  'compliance-alerts finding_id': 'What the finding is called; each is answered once.',
  'compliance-alerts severity': 'How bad it is; a critical one holds the operation.',
  'incident-response high_from': 'From this reading on the commander is alerted.',
  'incident-response critical_from': 'From this reading on the system is paused, too.',
  'incident-response commander': 'Who is alerted.',
};

/** What an input is for, in words; undefined where nobody says. */
export function explanationOf(
  template: string,
  name: string,
  { description }: InputProperty,
): string | undefined {
  return description ?? explained[`${template} ${name}`];
}

/** The templates: the definitions that a demo begins with. */
export const templates = demos.map((demo) => ({ demo, file: demo.definitions[0] ?? '' }));

/** The whole page. */
export function templatesPage(): string {
  return [
    '# Templates',
    '',
    '<!-- Made from the definitions by `npx vitest run test/definitions/templates.test.ts -u`. A test compares it. -->',
    '',
    'Definitions to begin with: copy one to `definitions/` of your project, change its agents and inputs, and run',
    '`workflow check --deep` and `workflow test` on it. `workflow demo <name>` shows each at work with small programs as',
    'agents, in a project and on a server of its own. The pictures are those of `workflow chart --format tasks`: a dotted',
    'line leads to what undoes a task, or stands in for it; people decide in the slanted boxes.',
    '',
    '| template | |',
    '|---|---|',
    ...demos.map(({ name, about }) => `| [${name}](#${name}) | ${about} |`),
    '',
    ...templates.flatMap(({ demo, file }) => section(demo, file)),
  ].join('\n');
}

function section({ name, scenes, definitions }: Demo, file: string): readonly string[] {
  const text = textOf(file);
  const { definition } = loadedOf(file);
  const cases = casesOf(file);
  const open = leftUncovered[name] ?? [];
  const started = definition.triggers.length > 0 ? 'Its trigger starts it.' : 'People start it.';
  const others = definitions.slice(1).map((each) => link(each));

  return [
    `## ${name}`,
    '',
    headOf(text),
    '',
    `${link(file)}${others.length === 0 ? '' : `, with ${others.join(', ')}`}. ${started}`,
    '',
    '```mermaid',
    taskFlowText(definition),
    '```',
    '',
    ...inputsTable(name, definition.input),
    '```sh',
    `workflow demo ${name}`,
    '```',
    '',
    `It shows: ${scenes.map(({ remark }) => remark).join('; ')}.`,
    '',
    `Its cases, played by \`workflow test\`: ${cases.join('; ')}.`,
    '',
    ...open.map(([tasks, why]) => `Not covered by its scenarios: ${tasks}: ${why}.\n`),
  ];
}

function inputsTable(template: string, inputs: Definition['input']): readonly string[] {
  if (Object.keys(inputs).length === 0) return ['It takes no input.', ''];
  const rows = Object.entries(inputs).map(([name, property]) => {
    const { type, default: initial, enum: values, required } = property;
    const kind =
      values === undefined ? (type ?? 'any') : values.map((each) => `\`${String(each)}\``).join(', ');
    const given = required
      ? 'has to be given'
      : initial === undefined
        ? ''
        : `\`${JSON.stringify(initial)}\``;
    return `| \`${name}\` | ${kind} | ${given} | ${explanationOf(template, name, property) ?? ''} |`;
  });

  return ['| input | type | default | |', '|---|---|---|---|', ...rows, ''];
}

/** The comment that a definition begins with. */
function headOf(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));

  return lines
    .slice(0, end)
    .map((line) => line.replace(/^# ?/, ''))
    .join('\n');
}

/** The names of the cases beside a definition. */
function casesOf(file: string): readonly string[] {
  const content = textOf(`${dirname(file)}/${basename(file, '.yaml')}.test.yaml`);
  const read = loadCases({ file, content });
  if (!read.ok) throw new Error(formatProblems(read.problems));

  return read.cases.map(({ name }) => name);
}

export function loadedOf(file: string) {
  const result = loadDefinition({ file, content: textOf(file) });
  if (!result.ok) throw new Error(formatProblems(result.problems));

  return result.loaded;
}

function textOf(file: string): string {
  return readFileSync(new URL(`definitions/${file}`, root), 'utf8');
}

function link(file: string): string {
  return `[${basename(file)}](../definitions/${file})`;
}
