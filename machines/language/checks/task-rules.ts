import { writtenTime } from '../../due-time.ts';
import { unsendable } from '../../stations/sent-task.ts';
import { breaksOf, proofMember, type Task } from '../../task.ts';
import { isDynamic } from '../../task-names.ts';
import type { Finding } from '../finding.ts';
import { isMapping } from '../mapping.ts';
import type { Outline, TaskGraph, TaskSite } from '../outline.ts';
import { kindOf } from '../schema/shapes.ts';
import { runFindings } from './run-rules.ts';

/** Every record of a run names the signals that it waits for then: that is how an event finds the run. */
const signalsMax = 100;

const performers = ['run', 'uses', 'assigned_to', 'requires'];

/** What a task of its type needs besides the right keys: keys that belong together, or exclude each other. */
export function checkTaskRules({ sites, graph }: Outline): readonly Finding[] {
  return sites.flatMap((site) => [
    ...rulesOf(site, graph),
    ...(site.task.receipt === true ? receiptRules(site) : returnRules(site)),
    ...uselessKeys(site),
  ]);
}

function rulesOf(site: TaskSite, graph: TaskGraph): readonly Finding[] {
  switch (site.task.type) {
    case 'SIMPLE':
      return runRules(site);
    case 'FORK':
      return forkRules(site);
    case 'DO_WHILE':
      return loopRules(site);
    case 'WAIT':
      return waitRules(site);
    case 'HUMAN':
      return humanRules(site, graph);
    case 'TERMINATE':
      return terminateRules(site);
    case 'SUB_WORKFLOW':
      return sentRules(site);
    default:
      return [];
  }
}

/** A task that is sent alone takes everything along that it needs: nothing of this run can be read there. */
function sentRules(site: TaskSite): readonly Finding[] {
  const { task, raw } = site;
  if (task.type !== 'SUB_WORKFLOW' || task.sent === undefined) return [];
  const misplaced = given(site, ['run', 'uses', 'on_change']).map((key) =>
    combination(site, `"${key}" does not go with "station": an agent or a person there does the task`, [key]),
  );
  const computed = unsendable(task.sent);
  const input = raw['input'];

  return [
    ...misplaced,
    ...(computed === undefined
      ? []
      : [
          combination(
            site,
            `"${computed}" is read on station ${task.station}, where nothing of this run is known: only "input" may hold expressions`,
            [computed],
          ),
        ]),
    ...(input === undefined || isMapping(input)
      ? []
      : [
          combination(site, 'what is sent to another station is a mapping: its names are inputs there', [
            'input',
          ]),
        ]),
  ];
}

/** What is given from outside is held to `returns`: what the engine makes itself is as it is. */
function returnRules(site: TaskSite): readonly Finding[] {
  const { task } = site;
  if (task.returns === undefined) return [];
  if (task.output !== undefined) {
    const message = '"returns" says what the result is like, in place of "output"; reshape it by a TRANSFORM';
    return [combination(site, message, ['returns'])];
  }
  const isGiven =
    task.type === 'SIMPLE' ||
    task.type === 'HTTP' ||
    (task.type === 'SUB_WORKFLOW' && task.wait) ||
    (task.type === 'WAIT' && task.signal !== undefined);
  if (isGiven) return [];
  const hint =
    task.type === 'HUMAN'
      ? 'form says what an approval brings along'
      : 'it goes with SIMPLE, HTTP, a WAIT for a signal, and a SUB_WORKFLOW that is waited for';

  return [
    combination(site, `nobody gives this ${task.type} a result that "returns" could be about; ${hint}`, [
      'returns',
    ]),
  ];
}

/** A receipt takes the place of `output`, `returns` and `output_to`. A TRANSFORM makes one of what others gave. */
function receiptRules(site: TaskSite): readonly Finding[] {
  const { task, path } = site;
  const [other] = given(site, ['returns', 'output_to', ...(task.type === 'TRANSFORM' ? [] : ['output'])]);
  if (other !== undefined) {
    const message = `"receipt" says what the result is like and where it is kept, in place of "${other}"; reshape it by a TRANSFORM`;
    return [combination(site, message, [other])];
  }
  const isKept = ['SIMPLE', 'HTTP', 'TRANSFORM'].includes(task.type);
  if (!isKept && !(task.type === 'SUB_WORKFLOW' && task.wait)) {
    const message = `a ${task.type} has no receipt; it goes with SIMPLE, HTTP, TRANSFORM, and a SUB_WORKFLOW that is waited for`;
    return [combination(site, message, ['receipt'])];
  }
  const { type, members = {}, nullable } = task.returns ?? {};
  const schema = isMapping(site.raw['receipt']) ? site.raw['receipt']['schema'] : undefined;
  if (typeof schema === 'string') return [];
  if (schema === undefined) {
    const missing = 'the key "schema" is missing: a schema file of the project, or a schema';
    return [{ code: 'definition.missing-key', message: missing, path: [...path, 'receipt'] }];
  }
  const message =
    type !== 'object' || nullable === true
      ? 'a receipt is a mapping: its schema has members, or says "type: object"'
      : Object.hasOwn(members, proofMember)
        ? `the engine writes "${proofMember}" into a receipt; give this member another name`
        : undefined;

  return message === undefined
    ? []
    : [{ code: 'definition.bad-schema', message, path: [...path, 'receipt', 'schema'] }];
}

function runRules({ task, raw, path }: TaskSite): readonly Finding[] {
  return task.performer.kind === 'run' ? runFindings(raw['run'], [...path, 'run']) : [];
}

function forkRules(site: TaskSite): readonly Finding[] {
  const forms = given(site, ['branches', 'for_each']);
  if (forms.length !== 1) return [combination(site, 'a FORK needs either branches or for_each')];
  const bodies = given(site, ['tasks', 'task', 'workflow']);
  const extra = given(site, ['as', 'tasks', 'task', 'workflow']);
  if (forms[0] === 'branches') {
    const message = (key: string) => `"${key}" goes with for_each, not with branches`;
    return [
      ...extra.map((key) => combination(site, message(key), [key])),
      ...given(site, ['concurrency']).map((key) => useless(site, key, 'all branches run side by side')),
    ];
  }

  return bodies.length === 1 ? [] : [combination(site, 'for_each needs one of tasks, task and workflow')];
}

function loopRules(site: TaskSite): readonly Finding[] {
  const isLeft = site.task.type === 'DO_WHILE' && breaksOf(site.task).length > 0;
  if (!isLeft && given(site, ['loop_condition', 'items']).length === 0) {
    return [combination(site, 'a DO_WHILE needs loop_condition, items or a TERMINATE with scope: loop')];
  }
  const items = site.raw['items'];
  const isExpression = typeof items === 'string' && items.includes('${');
  if (items === undefined || isExpression || Array.isArray(items)) return [];
  const message = `items are a list, or an expression that gives one, and this is ${kindOf(items)}`;

  return [{ code: 'definition.wrong-type', message, path: [...site.path, 'items'] }];
}

function waitRules(site: TaskSite): readonly Finding[] {
  const { raw, path } = site;
  const misplaced = raw['match'] !== undefined && raw['signal'] === undefined;
  const { until } = raw;
  const time = typeof until === 'string' && until.includes('${') ? undefined : until;
  const isTime = time === undefined || (typeof time === 'string' && writtenTime(time) !== undefined);
  const day = typeof time === 'string' ? time.slice(0, 10) : '';
  // The clock would take the 30th of February for a day of March.
  const isDay = !isTime || time === undefined || writtenTime(day)?.startsWith(day) === true;

  return [
    ...(given(site, ['duration', 'until']).length < 2
      ? []
      : [combination(site, 'a WAIT has one of duration and until, not both')]),
    ...(misplaced ? [combination(site, '"match" goes with signal', ['match'])] : []),
    ...(isTime
      ? []
      : [
          {
            code: 'definition.bad-value',
            message: `${JSON.stringify(time)} is no time with its zone, such as 2026-01-31T09:00:00Z`,
            path: [...path, 'until'],
          },
        ]),
    ...(isDay
      ? []
      : [
          {
            code: 'definition.bad-value',
            sinceAccepted: true as const,
            message: `there is no ${day}`,
            path: [...path, 'until'],
          },
        ]),
    ...(given(site, ['duration', 'until', 'signal', 'timeout']).length > 0 ? [] : [waitsForPeople(site)]),
  ];
}

function waitsForPeople({ path }: TaskSite): Finding {
  const message =
    'nothing ends this WAIT but a person who completes it by hand; add duration, until or signal';

  return { code: 'definition.endless-wait', severity: 'warning', message, path };
}

function humanRules(site: TaskSite, graph: TaskGraph): readonly Finding[] {
  const { task } = site;
  if (task.type !== 'HUMAN') return [];
  const { approvers, escalateTo, escalate = [], onTimeout } = task;
  if (escalate.length > 0 && onTimeout === 'escalate') {
    const message =
      'on_timeout: escalate is an escalation of one stage; write it as the first stage of "escalate", and let on_timeout say how it ends';
    return [combination(site, message, ['on_timeout'])];
  }
  const late = escalateTo === undefined || onTimeout !== 'escalate' ? [] : [escalateTo];
  const groups = [approvers, ...late, ...escalate.map(({ to }) => to)];
  const all = groups.flatMap((each) => each?.names ?? []);
  const excluded = new Set((approvers?.exclude ?? []).flatMap((id) => deciders(graph.sites.get(id)?.task)));
  const names = new Set(all.filter((name) => !excluded.has(name)));
  const isOpen = groups.some((each) => (each?.names ?? []).length === 0) || [...names].some(isDynamic);
  if (isOpen || task.quorum <= names.size) return [];
  const without = excluded.size === 0 ? '' : ` without ${[...excluded].join(', ')}`;
  const message = `the quorum of ${task.quorum} can never be reached by ${names.size} approvers${without}`;
  const key = site.raw['quorum'] === undefined ? 'approvers' : 'quorum';

  return [
    {
      code: 'definition.impossible-quorum',
      sinceAccepted: true,
      message,
      path: [...site.path, key],
      ...(excluded.size === 0 ? {} : { sinceAccepted: true as const }),
    },
  ];
}

/** Who has decided in an approval for certain: everybody who may, where all of them have to. */
function deciders(task: Task | undefined): readonly string[] {
  if (task?.type !== 'HUMAN' || !task.waitForApproval || task.onTimeout !== 'fail') return [];
  const names = new Set(task.approvers?.names ?? []);

  return task.onReject === 'fail' && task.escalate === undefined && names.size === task.quorum
    ? [...names].filter((name) => !isDynamic(name))
    : [];
}

function terminateRules(site: TaskSite): readonly Finding[] {
  const { task, list } = site;
  if (task.type !== 'TERMINATE') return [];
  const isOutside = list.kind === 'workflow' || list.kind === 'steps';
  const message = 'there is no branch, item or iteration around it that scope: body could end';

  return [
    ...(task.scope === 'body' && task.breaks === undefined && isOutside
      ? [combination(site, message, ['scope'])]
      : []),
    ...(task.breaks === true && list.kind !== 'loop'
      ? [combination(site, 'scope: loop stands among the tasks of a DO_WHILE itself', ['scope'])]
      : []),
    ...(task.breaks === true && task.status !== 'COMPLETED'
      ? [
          combination(site, 'a loop that is left completes: write status: COMPLETED, or scope: body', [
            'status',
          ]),
        ]
      : []),
    ...(task.scope === 'body' && task.breaks === undefined && task.status === 'TERMINATED'
      ? [combination(site, 'only a run ends TERMINATED: a body ends COMPLETED or FAILED', ['status'])]
      : []),
    ...(task.status === 'COMPLETED' ? given(site, ['error_code']) : []).map((key) =>
      useless(site, key, 'COMPLETED is no error'),
    ),
  ];
}

/** What is over as soon as it begins. */
const atOnce: ReadonlySet<string> = new Set([
  'TRANSFORM',
  'SET_VARIABLE',
  'NOOP',
  'DECISION',
  'JOIN',
  'TERMINATE',
]);

/** Keys that are allowed everywhere and do nothing here. */
function uselessKeys(site: TaskSite): readonly Finding[] {
  const { type } = site.task;
  if (type === 'SUB_WORKFLOW' && site.task.sent !== undefined) return [];
  const waits = type === 'HUMAN' || type === 'WAIT';

  return [
    ...(type === 'SIMPLE' || type === 'HUMAN' ? [] : given(site, performers)).map((key) =>
      useless(site, key, `the engine itself carries out a ${type}`),
    ),
    ...(atOnce.has(type) && !writes(site) ? given(site, ['retry_policy']) : []).map((key) =>
      useless(site, key, `a ${type} is made of expressions, and what fails in these fails again`),
    ),
    ...(waits && site.raw['timeout'] === undefined ? given(site, ['on_timeout']) : []).map((key) =>
      useless(site, key, 'the task has no timeout'),
    ),
    ...(type === 'HUMAN' && site.raw['on_timeout'] !== 'escalate' ? given(site, ['escalate_to']) : []).map(
      (key) => useless(site, key, 'on_timeout is not escalate'),
    ),
    ...(waits ? given(site, ['timeout_policy']) : []).map((key) =>
      useless(site, key, `a ${type} has on_timeout`),
    ),
  ];
}

/** A file may be written at the second attempt. */
function writes({ raw }: TaskSite): boolean {
  return raw['output_to'] !== undefined || raw['receipt'] !== undefined;
}

function useless({ path }: TaskSite, key: string, reason: string): Finding {
  return {
    code: 'definition.no-effect',
    severity: 'warning',
    message: `"${key}" has no effect: ${reason}`,
    path: [...path, key],
    at: 'key',
  };
}

function given({ raw }: TaskSite, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => raw[key] !== undefined);
}

function combination({ path }: TaskSite, message: string, keys: readonly string[] = []): Finding {
  return { code: 'definition.bad-combination', message, path: [...path, ...keys] };
}

/** A definition waits for so many different signals and no more. */
export function checkSignals({ sites }: Outline): readonly Finding[] {
  const names = new Set<string>();
  for (const { task, path } of sites) {
    if (task.type !== 'WAIT' || task.signal === undefined) continue;
    names.add(task.signal);
    if (names.size <= signalsMax) continue;
    const message = `more than ${signalsMax} different signals; have tasks wait for the same one, and tell them apart by match`;
    return [{ code: 'definition.too-many-signals', message, path: [...path, 'signal'] }];
  }

  return [];
}
