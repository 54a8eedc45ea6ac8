import { askedPathsOf } from '../../expressions/references.ts';
import { childNodesOf, type Node } from '../../expressions/tree.ts';
import type { Performer, RunCommand, Task } from '../../task.ts';
import { isDuration, nameTemplate } from '../../task-names.ts';
import type { Finding } from '../finding.ts';
import type { Outline, TaskSite } from '../outline.ts';
import { createPartsReader } from '../presence/expression-trees.ts';
import { taskExpressions, workflowExpressions } from '../references/expression-sites.ts';
import { didYouMean, isSlip } from '../suggest.ts';
import type { Path } from '../text/yaml-node.ts';
import { isComputed } from './names.ts';
import type { KnownWorld } from './world.ts';

/** What the engine itself says of a task of any type. */
const ofOutput = [
  'output.missing',
  'output.mismatch',
  'receipt.mismatch',
  'output.too-large',
  'output.too-deep',
  'output.reserved',
  'output.not-json',
];
const ofFiles = [
  ...['file.not-found', 'file.disk-full', 'file.not-writable', 'file.not-a-file', 'file.unknown-format'],
  ...['file.too-many-open', 'file.failed', 'path.outside-project', 'path.absolute', 'path.control-character'],
  ...['path.reserved-name', 'path.too-long', 'path.empty'],
];
const ofEngine = [
  ...['expression.failed', 'expression.limit', 'output.no-path', 'blob.unavailable', 'blob.needed'],
  ...['secret.unreadable', 'secret.unavailable', 'run.terminated-by-task', ...ofOutput, ...ofFiles],
  ...['duration.invalid', 'name.invalid'],
];
const ofAttempts = ['worker.lost', 'worker.error', 'worker.deadline', 'worker.no-handler', 'attempt.over'];
const ofHttp = [
  ...[
    'http.status',
    'http.timeout',
    'http.network',
    'http.private-address',
    'http.bad-url',
    'http.bad-header',
  ],
  ...['http.bad-body', 'http.bad-answer', 'http.bad-redirect', 'http.too-large', 'http.cancelled'],
];
const ofCommands = [
  ...['command.exit', 'command.signal', 'command.timeout', 'command.cancelled', 'command.not-found'],
  ...['command.not-executable', 'command.too-long', 'command.invalid', 'command.no-folder'],
  ...['command.unsafe-script', 'command.not-started', 'command.not-noted', 'command.output-too-large'],
  ...['command.invalid-output', 'command.too-many-files'],
];
const ofModels = [
  ...['llm.malformed', 'llm.rate-limited', 'llm.unavailable', 'llm.cut', 'llm.timeout', 'llm.denied'],
  ...['llm.bad-request', 'llm.bad-answer', 'llm.refused', 'llm.unknown-model', 'llm.no-key', 'llm.unpriced'],
  ...['budget.exceeded', 'http.private-address'],
];
const ofEvents = ['event.bad-type', 'event.bad-subject', 'event.too-large', 'event.unavailable'];
const ofChildren = [
  ...['child.failed', 'child.bad-input', 'child.secret-input', 'child.unknown-definition'],
  ...['child.unreadable-definition', 'run.timeout', 'run.limit', 'run.cancelled', 'run.compensation-failed'],
];

/** What tasks fail with that cannot be caught by name in a check of one definition alone. */
const ofOthers = [
  ...['task.failed', 'task.error', 'items.too-many', 'loop.max-iterations', 'value.erased', 'blob.missing'],
  ...['child.open-input', 'child.sealed-output', 'skill.unknown', 'action.unknown', 'action.invalid-input'],
  ...['agent.failed', 'agent.files-sealed', 'agent.level', 'agent.transport', 'agent.unknown'],
  ...['agent.lacks-skill', 'approval.denied', 'approval.timeout', 'wait.bad-time', 'station.bad-answer'],
  ...['station.bad-output', 'station.bad-task', 'station.given-up', 'station.none', 'station.refused'],
  ...['station.run-taken', 'station.secret-input', 'station.too-large', 'station.foreign-id'],
  ...['failure-workflow.unknown', 'failure-workflow.unreadable', 'compliance.manifest-changed'],
  ...['files.folder-not-found', 'files.folder-unreadable', 'files.unreadable', 'files.too-many'],
  ...['policy.not-found', 'policy.unreadable', 'policy.too-large', 'policy.not-a-policy', 'policy.invalid'],
  ...['policy.invalid-yaml', 'receipt.invalid'],
];
const ofTimes = ['task.timeout', 'task.queue-timeout', 'task.total-timeout', 'task.heartbeat-timeout'];

/** What the engine and its actions give as the error of a task or of a run; workers may give any other. */
export const ownErrorCodes: ReadonlySet<string> = new Set([
  ...[ofEngine, ofAttempts, ofTimes, ofHttp, ofCommands, ofModels, ofEvents, ofChildren, ofOthers].flat(),
]);

/** What people who know other engines write, and how it is called here. */
const foreign: Readonly<Record<string, string>> = {
  'States.ALL': '*',
  'States.Timeout': 'task.timeout',
  'States.HeartbeatTimeout': 'task.heartbeat-timeout',
  all: '*',
  any: '*',
  timeout: 'task.timeout',
};

/** Codes of one task: all there can be, or, where whoever carries it out has codes of their own, some of them. */
type Raised = {
  readonly codes: readonly string[];
  readonly isOpen: boolean;
  /** Beginnings of codes that only the listed ones have. */
  readonly families: readonly string[];
  readonly what: string;
};

/** Codes that `catch`, `non_retryable` and rules name can come from the task; none comes after all were taken. */
export function checkErrorCodes(outline: Outline, world: KnownWorld): readonly Finding[] {
  const { sites } = outline;
  const asked = comparedCodes(outline).flatMap(({ of, code, path }) => {
    const raised = raisedBy(of.task, world);
    return raised === undefined ? [] : codeFinding(of, { code, path, raised });
  });
  const named = sites.flatMap((site) => {
    const raised = raisedBy(site.task, world);
    const { task } = site;

    return [
      ...(raised === undefined
        ? []
        : [
            ...caught(site).flatMap(({ code, path }) => codeFinding(site, { code, path, raised })),
            ...task.retry.nonRetryable.flatMap((code, index) =>
              codeFinding(site, {
                code,
                path: [...site.path, 'retry_policy', 'non_retryable', index],
                raised,
              }),
            ),
            ...ruled(site).flatMap(({ code, path }) => codeFinding(site, { code, path, raised })),
          ]),
      ...shadowed(site),
      ...idleRules(site),
    ];
  });

  return [...named, ...asked];
}

/** The codes that expressions hold the error of a task against: `get.error.code == "http.status"`. */
function comparedCodes({
  sites,
  workflow,
  graph,
}: Outline): readonly (PlacedCode & { readonly of: TaskSite })[] {
  const read = createPartsReader();
  const texts = [...sites.flatMap(taskExpressions), ...workflowExpressions(workflow).ending];

  return texts.flatMap((text) =>
    read(text)
      .parts.flatMap(({ node }) => errorComparisons(node))
      .flatMap(({ id, code }) => {
        const of = graph.sites.get(id);
        return of === undefined ? [] : [{ of, code, path: text.path }];
      }),
  );
}

/** The tasks whose errors an expression holds against a code, and the codes. */
export function errorComparisons(node: Node): readonly { readonly id: string; readonly code: string }[] {
  const inner = childNodesOf(node).flatMap(errorComparisons);
  if (node.kind !== 'binary' || node.operator !== '==') return inner;
  const sides = [node.left, node.right];
  const [literal] = sides.flatMap((side) => (side.kind === 'literal' ? [side.value] : []));
  const [path] = sides.flatMap((side) => (side.kind === 'member' ? askedPathsOf(side) : []));
  if (typeof literal !== 'string' || path?.slice(1).join('.') !== 'error.code') return inner;

  return [...inner, { id: path[0] ?? '', code: literal }];
}

/** Rules that never count, as one before them or non_retryable has the same codes. */
function idleRules({ task, path }: TaskSite): readonly Finding[] {
  const taken = new Set<string>();

  return (task.retry.rules ?? []).flatMap(({ codes }, rule): readonly Finding[] => {
    const isTaken = taken.has('*') || codes.every((code) => taken.has(code));
    const isRefused = codes.every((code) => task.retry.nonRetryable.includes(code));
    for (const code of codes) taken.add(code);
    if (!isTaken && !isRefused) return [];
    const why = isTaken
      ? 'one before it names the same codes'
      : 'non_retryable names its codes, and comes first';

    return [
      {
        code: 'definition.unreachable-rule',
        message: `this rule never counts: ${why}`,
        path: [...path, 'retry_policy', 'rules', rule],
      },
    ];
  });
}

type PlacedCode = { readonly code: string; readonly path: Path };

function caught({ task, raw, path }: TaskSite): readonly PlacedCode[] {
  return task.catch.flatMap(({ errors }, entry) => {
    const given = (raw['catch'] as readonly { errors?: unknown }[] | undefined)?.[entry]?.errors;

    return placed(errors, { given, place: [...path, 'catch', entry, 'errors'] });
  });
}

/** Where rules of the retry policy name codes. */
function ruled({ task, raw, path }: TaskSite): readonly PlacedCode[] {
  const { rules: given } = (raw['retry_policy'] ?? {}) as { rules?: readonly { codes?: unknown }[] };

  return (task.retry.rules ?? []).flatMap(({ codes }, entry) =>
    placed(codes, {
      given: given?.[entry]?.codes,
      place: [...path, 'retry_policy', 'rules', entry, 'codes'],
    }),
  );
}

/** Each code at its place in what was `given`, a list or one code by itself. */
function placed(
  codes: readonly string[],
  { given, place }: { readonly given: unknown; readonly place: Path },
): readonly PlacedCode[] {
  return codes.flatMap((code, index) =>
    code === '*' ? [] : [{ code, path: Array.isArray(given) ? [...place, index] : place }],
  );
}

function codeFinding(
  { task }: TaskSite,
  { code, path, raised }: { readonly code: string; readonly path: Path; readonly raised: Raised },
): readonly Finding[] {
  if (isComputed(code)) return [];
  const needed = neededKey(code, task);
  if (needed !== undefined) return [unraised(`nothing can raise "${code}" here: ${needed}`, path)];
  if (raised.codes.includes(code)) return [];
  const meant = Object.hasOwn(foreign, code) ? `; did you mean "${foreign[code]}"?` : '';
  const isForeign = meant !== '' || code.includes('*');
  const isOfFamily = raised.families.some((family) => code.startsWith(`${family}.`));
  if (raised.isOpen && !isForeign && !isOfFamily && !isSlip(code, raised.codes)) return [];
  const star = code.includes('*') ? '; codes are named in full, and "*" alone in a catch stands for all' : '';
  const rest = meant || star || didYouMean(code, raised.codes) || `; ${raised.what}`;

  return [unraised(`nothing can raise "${code}" here${rest}`, path)];
}

function unraised(message: string, path: Path): Finding {
  return { code: 'definition.unraised-error', message, path };
}

/** Time-outs come only where there is one, as what comes of other keys. */
function neededKey(code: string, task: Task): string | undefined {
  const times: Readonly<Record<string, readonly [string, unknown]>> = {
    'task.timeout': ['timeout', task.timeoutMs],
    'task.queue-timeout': ['queue_timeout', task.queueTimeoutMs],
    'task.total-timeout': ['total_timeout', task.totalTimeoutMs],
    'task.heartbeat-timeout': ['heartbeat_timeout', task.heartbeatTimeoutMs],
    'output.mismatch': ['returns', task.receipt === true ? undefined : task.returns],
    'receipt.mismatch': ['receipt', task.receipt],
    'duration.invalid': [
      'duration that is made of expressions',
      Object.keys(nameTemplate(task) ?? {}).some(isDuration) ? true : undefined,
    ],
  };
  const [key, ms] = Object.hasOwn(times, code) ? (times[code] ?? []) : [];
  // Whatever is inside of these tasks, or a run that they start, may have time-outs of its own.
  const isOuter = task.type === 'FORK' || task.type === 'DO_WHILE' || task.type === 'SUB_WORKFLOW';

  return key === undefined || ms !== undefined || isOuter ? undefined : `the task has no ${key}`;
}

/** Undefined where the task is one that the checks do not know: an action that is reported already, or says nothing. */
function raisedBy(task: Task, world: KnownWorld): Raised | undefined {
  const always = [...ofEngine, ...ofTimes];
  const attempted = [...always, ...ofAttempts];
  switch (task.type) {
    case 'SIMPLE':
      return raisedByPerformer(task.performer, attempted, world);
    case 'HTTP':
      return closed([...attempted, ...ofHttp], 'an HTTP task', ofHttp);
    case 'EVENT':
      return closed([...attempted, ...ofEvents], 'an EVENT', ofEvents);
    case 'HUMAN':
      return closed([...ofEngine, 'approval.denied', ...humanTimes(task)], 'a HUMAN task', [
        ...['approval.denied', 'approval.timeout'],
      ]);
    case 'WAIT':
      return closed([...always, 'wait.bad-time'], 'a WAIT', ['task.timeout', 'wait.bad-time']);
    case 'SUB_WORKFLOW':
    case 'FORK':
    case 'DO_WHILE':
      // The error of what failed inside is theirs.
      return opened(
        [...attempted, ...ofChildren, ...ofHttp, ...ofCommands, ...ofModels],
        [],
        `a ${task.type}`,
      );
    default:
      return closed(always, `a ${task.type}`, ['expression.failed']);
  }
}

function raisedByPerformer(
  performer: Performer,
  always: readonly string[],
  { actions = {} }: KnownWorld,
): Raised | undefined {
  if (performer.kind === 'run') return raisedByCommand(performer.run, always);
  if (performer.kind === 'model') return closed([...always, ...ofModels], 'a model', ['llm', 'budget']);
  if (performer.kind !== 'uses')
    return opened([...always, 'agent.failed', ...ofCommands], ['task', 'output', 'expression'], 'an agent');
  const action = Object.hasOwn(actions, performer.action) ? actions[performer.action] : undefined;
  if (action?.errors === undefined) return undefined;
  const codes = [...always, 'action.invalid-input', ...action.errors];

  return closed(codes, performer.action, action.errors);
}

/** A command has the errors that it declares, and those of every command. */
function raisedByCommand({ errors = {}, raises = [] }: RunCommand, always: readonly string[]): Raised {
  const declared = [...Object.values(errors), ...raises];
  const said = declared.length === 0 ? '' : `${declared.join(', ')}, `;

  return {
    codes: [...always, ...ofCommands, ...declared],
    families: [],
    isOpen: false,
    what: `a command fails with ${said}command.exit, ...; declare others in its \`raises\`, or \`errors\` for exit codes`,
  };
}

function humanTimes({ timeoutMs, onTimeout }: Extract<Task, { type: 'HUMAN' }>): readonly string[] {
  return timeoutMs !== undefined && (onTimeout === 'fail' || onTimeout === 'reject')
    ? ['approval.timeout']
    : [];
}

function opened(codes: readonly string[], families: readonly string[], who: string): Raised {
  return { codes, families, isOpen: true, what: `it is none of the codes that ${who} can have` };
}

function closed(codes: readonly string[], who: string, own: readonly string[]): Raised {
  return { codes, families: [], isOpen: false, what: `${who} fails with ${own.slice(0, 12).join(', ')}` };
}

/** The first entry with the code decides, so that none after `*` is ever taken. */
function shadowed({ task, path }: TaskSite): readonly Finding[] {
  const taken = new Set<string>();

  return task.catch.flatMap(({ errors }, entry): readonly Finding[] => {
    const isShadowed = taken.has('*') || errors.every((code) => taken.has(code));
    for (const code of errors) taken.add(code);
    if (!isShadowed) return [];
    const message = 'this entry is never taken: one before it takes the same errors';

    return [{ code: 'definition.unreachable-catch', message, path: [...path, 'catch', entry] }];
  });
}
