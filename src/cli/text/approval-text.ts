import { dump } from 'js-yaml';
import type { Json } from '../../../events/canonical-json.ts';
import { approversText } from '../../../machines/agents/authority.ts';
import { taskAt } from '../../../machines/chart/task-at.ts';
import { statusOf } from '../../../machines/chart/task-status.ts';
import { formFields, inputType } from '../../../machines/language/check-input.ts';
import type { AskedApproval } from '../../../machines/run/decide/asked-approval.ts';
import type { RunView } from '../../ports/runs/workflows.ts';
import { shownInput } from '../../projections/run/run-document.ts';
import { shortIds } from '../../terminal/render/short-id.ts';
import { formatTable } from '../../terminal/render/table.ts';
import { formatTime, sirius } from '../../terminal/render/times.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Invocation } from '../invocation.ts';

const itemsMax = 5;

const textLengthMax = 1000;

/** Approvals as a table, one line each. */
export function approvalTable(
  { output, io, options }: Invocation,
  approvals: readonly AskedApproval[],
): string {
  const ids = shortIds([...new Set(approvals.map(({ run }) => run))]);
  const columns = output.columns();
  const at = (iso: string | undefined): string =>
    iso === undefined ? '' : formatTime(iso, options.time ?? 'relative', io.clock.now());

  return formatTable(
    [
      { title: 'RUN' },
      { title: 'TASK', flexible: true },
      { title: 'DEFINITION', flexible: true, givesWay: 2 },
      { title: 'NAME', flexible: true, givesWay: 3 },
      { title: 'SINCE' },
      { title: 'DUE', givesWay: 1 },
      { title: 'GIVEN', align: 'right' },
      { title: 'ASKED', flexible: true },
      { title: 'NOTE' },
    ],
    approvals.map(({ run, definition, address, task, state, asked, dueAt }) => [
      ids.get(run) ?? run,
      address,
      `${definition.id} v${definition.version}`,
      oneLine(task.name ?? ''),
      at(state.scheduledAt),
      at(dueAt),
      `${state.grants?.length ?? 0}/${task.quorum}`,
      oneLine(approversText(asked)),
      noteOf(state),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function noteOf({ escalatedAt, delegations = [] }: AskedApproval['state']): string {
  return [
    ...(escalatedAt === undefined ? [] : ['escalated']),
    ...(delegations.length === 0 ? [] : ['handed over']),
  ].join(', ');
}

/** One approval with everything that helps to decide. */
export function approvalText(invocation: Invocation, approval: AskedApproval, view: RunView): string {
  const { paint } = invocation.output;
  const { task, state, address } = approval;

  return [
    `${paint.status(statusOf(state.state))}  ${paint.bold([address, oneLine(task.name ?? '')].join('  ').trimEnd())}`,
    ...(task.description === undefined
      ? []
      : task.description
          .trimEnd()
          .split('\n')
          .map((line) => `  ${oneLine(line)}`)),
    ...facts(invocation, approval, view).map(([name, text]) => `  ${name.padEnd(12)}${oneLine(text)}`),
    ...formLines(approval).map((line, index) => (index === 1 ? paint.bold(line) : line)),
    ...section(paint.bold('Input of the run'), shownInput(view)),
    ...section(paint.bold('What came before'), outputsBefore(approval, view)),
  ].join('\n');
}

type Lines = readonly (readonly [string, string])[];

function facts({ io, options }: Invocation, approval: AskedApproval, view: RunView): Lines {
  const { run, definition, task, state, asked, dueAt, address } = approval;
  const { grants = [], delegations = [], escalatedAt, scheduledAt } = state;
  const style = options.time ?? 'utc';
  const at = (iso: string): string => `${formatTime(iso, style, io.clock.now())}  ${sirius(iso)}`;
  const refused = view.state.refusedAnswers?.filter((each) => each.task === address) ?? [];

  return [
    ['run', run],
    ['definition', `${definition.id} v${definition.version}`],
    ['asked', approversText(asked)],
    ...(scheduledAt === undefined ? [] : [['since', at(scheduledAt)] as const]),
    ...(dueAt === undefined ? [] : [['due', `${at(dueAt)}, then ${task.onTimeout}`] as const]),
    ...(escalatedAt === undefined ? [] : [['escalated', at(escalatedAt)] as const]),
    ['given', `${grants.length} of ${task.quorum}`],
    ...grants.map(({ by, at: time, comment }) => ['', withWhy(`${by}, ${at(time)}`, comment)] as const),
    ...delegations.map(
      ({ by, to, at: time, reason }) =>
        ['handed over', withWhy(`by ${by} to ${to}, ${at(time)}`, reason)] as const,
    ),
    ...refused.map(
      ({ by, decision, at: time, message }) =>
        ['refused', withWhy(`${by} could not ${decision}, ${at(time)}`, message)] as const,
    ),
    ...(state.answer === undefined ? [] : [['answer', state.answer] as const]),
  ];
}

function withWhy(text: string, why: string | undefined): string {
  return why === undefined ? text : `${text}: ${why}`;
}

function formLines({ task }: AskedApproval): readonly string[] {
  const fields = Object.entries(task.form === undefined ? {} : (formFields(task.form) ?? {}));
  if (fields.length === 0) return [];
  const rows = fields.map(([name, field]) => {
    const { required, default: preset, enum: choices, description } = field;
    const words = [description, choices?.map((each) => JSON.stringify(each)).join(', ')];
    return [
      name,
      inputType(field) ?? 'any',
      required ? 'required' : preset === undefined ? 'optional' : `default ${JSON.stringify(preset)}`,
      words.filter((text) => text !== undefined).join(': '),
    ];
  });
  const titles = ['FIELD', 'TYPE', '', ''].map((title) => ({ title }));

  return [
    '',
    'Form',
    ...formatTable(titles, rows)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

/** The outputs of the tasks that it depends on: what is to be approved is most often there. */
function outputsBefore({ task, address }: AskedApproval, { state }: RunView) {
  const prefix = address.slice(0, address.length - task.id.length);
  const before = task.dependsOn.flatMap((id) => {
    const output = taskAt(state, prefix + id)?.output;
    return output === undefined ? [] : [[id, output] as const];
  });

  return Object.fromEntries(before);
}

/** The lines of a value under its title, as YAML; none where there is nothing in it. */
export function section(title: string, value: Json): readonly string[] {
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return [];
  const text = dump(abbreviated(value), { noRefs: true, lineWidth: -1 }).trimEnd();

  return ['', title, ...text.split('\n').map((line) => `  ${line}`)];
}

/** Long lists and texts by their beginning: `--json` has them whole. */
function abbreviated(value: Json): Json {
  if (typeof value === 'string') return beginningOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]): [string, Json] => [key, abbreviated(member)]),
    );
  }
  const left = value.length - itemsMax;
  const shown: Json[] = value.slice(0, itemsMax).map(abbreviated);

  return left > 0 ? [...shown, `... and ${left} more (--json shows all)`] : shown;
}

function beginningOf(text: string): string {
  const left = text.length - textLengthMax;

  return left > 0
    ? `${text.slice(0, textLengthMax)}... and ${left} more characters (--json shows all)`
    : text;
}
