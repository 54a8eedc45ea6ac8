import { dump } from 'js-yaml';
import type { Json } from '../../../events/canonical-json.ts';
import type { ApprovalPage } from '../../api/people.ts';
import { answererText, subjectText, valueText } from '../../lib/text.ts';
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
  approvals: readonly ApprovalPage[],
): string {
  const ids = shortIds([...new Set(approvals.map(({ run }) => run))]);
  const columns = output.columns();
  const hasSubjects = approvals.some(({ subject }) => subject !== undefined);
  const at = (iso: string | undefined): string =>
    iso === undefined ? '' : formatTime(iso, options.time ?? 'relative', io.clock.now());

  return formatTable(
    [
      { title: 'RUN' },
      { title: 'TASK', flexible: true },
      { title: 'DEFINITION', flexible: true, givesWay: 2 },
      { title: 'NAME', flexible: true, givesWay: 3 },
      ...(hasSubjects ? [{ title: 'SUBJECT', flexible: true }] : []),
      { title: 'SINCE' },
      { title: 'DUE', givesWay: 1 },
      { title: 'GIVEN', align: 'right' },
      { title: 'ASKED', flexible: true },
      { title: 'NOTE' },
    ],
    approvals.map((approval) => [
      ids.get(approval.run) ?? approval.run,
      approval.task,
      `${approval.definition.id} v${approval.definition.version}`,
      oneLine(approval.name ?? ''),
      ...(hasSubjects ? [oneLine(subjectText(approval.subject))] : []),
      at(approval.since),
      at(approval.dueAt),
      `${approval.given}/${approval.quorum}`,
      oneLine(approval.approvers),
      noteOf(approval),
    ]),
    { ...(columns === undefined ? {} : { columns }), title: output.paint.dim },
  );
}

function noteOf({ escalatedAt, delegations, changes }: ApprovalPage): string {
  return [
    ...(escalatedAt === undefined ? [] : ['escalated']),
    ...(delegations.length === 0 ? [] : ['handed over']),
    ...(changes.length === 0 ? [] : [`round ${changes.length + 1}`]),
  ].join(', ');
}

/** One approval with everything that helps to decide. */
export function approvalText(invocation: Invocation, approval: ApprovalPage): string {
  const { paint } = invocation.output;
  const { name, description, status, task, evidence } = approval;

  return [
    `${paint.status(status)}  ${paint.bold([task, oneLine(name ?? '')].join('  ').trimEnd())}`,
    ...(description === undefined
      ? []
      : description
          .trimEnd()
          .split('\n')
          .map((line) => `  ${oneLine(line)}`)),
    ...facts(invocation, approval).map(([key, text]) => `  ${key.padEnd(12)}${oneLine(text)}`),
    ...formLines(approval).map((line, index) => (index === 1 ? paint.bold(line) : line)),
    ...section(paint.bold('What it is judged by'), evidence),
  ].join('\n');
}

type Lines = readonly (readonly [string, string])[];

function facts({ io, options }: Invocation, approval: ApprovalPage): Lines {
  const { definition, since, dueAt, onTimeout = '', escalatedAt, answer, subject = {} } = approval;
  const style = options.time ?? 'utc';
  const at = (iso: string | undefined): string =>
    iso === undefined ? '' : `, ${formatTime(iso, style, io.clock.now())}  ${sirius(iso)}`;
  const when = (iso: string): string => at(iso).slice(2);

  return [
    ['run', approval.run],
    ['definition', `${definition.id} v${definition.version}`],
    ...Object.entries(subject).map(([name, value]) => [name, valueText(value)] as const),
    ['asked', approval.approvers],
    ...(since === undefined ? [] : [['since', when(since)] as const]),
    ...(dueAt === undefined ? [] : [['due', `${when(dueAt)}, then ${onTimeout}`] as const]),
    ...(escalatedAt === undefined ? [] : [['escalated', when(escalatedAt)] as const]),
    ...(approval.escalation === undefined ? [] : [['stage', stageText(approval.escalation, when)] as const]),
    ...(approval.reminders === 0 ? [] : [['reminded', `${approval.reminders} times`] as const]),
    ['given', `${approval.given} of ${approval.quorum}`],
    ...approval.grants.map(
      ({ at: time, comment, ...who }) => ['', withWhy(`${answererText(who)}${at(time)}`, comment)] as const,
    ),
    ...approval.changes.map(
      ({ at: time, comment, ...who }) =>
        ['change', withWhy(`${answererText(who)}${at(time)}`, comment)] as const,
    ),
    ...approval.delegations.map(
      ({ by, to, at: time, reason }) =>
        ['handed over', withWhy(`by ${by} to ${to}${at(time)}`, reason)] as const,
    ),
    ...approval.refused.map(
      ({ by, decision, at: time, message }) =>
        ['refused', withWhy(`${by} could not ${decision}${at(time)}`, message)] as const,
    ),
    ...(answer === undefined ? [] : [['answer', answer] as const]),
  ];
}

function stageText(
  { stage, of, nextAt }: NonNullable<ApprovalPage['escalation']>,
  when: (iso: string) => string,
): string {
  return `${stage} of ${of}${nextAt === undefined ? '' : `, the next ${when(nextAt)}`}`;
}

function withWhy(text: string, why: string | undefined): string {
  return why === undefined ? text : `${text}: ${why}`;
}

function formLines({ fields }: ApprovalPage): readonly string[] {
  if (fields.length === 0) return [];
  const rows = fields.map(({ name, type = 'any', required, default: preset, enum: choices, description }) => {
    const words = [description, choices?.map((each) => JSON.stringify(each)).join(', ')];
    return [
      name,
      type,
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
