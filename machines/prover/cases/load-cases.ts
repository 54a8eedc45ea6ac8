import { z } from 'zod';
import type { Json } from '../../../events/canonical-json.ts';
import type { ErrorData } from '../../../events/run-events.ts';
import { planOf } from '../../chart/plan.ts';
import { localId } from '../../chart/task-at.ts';
import type { Definition } from '../../definition.ts';
import { defined } from '../../language/defined.ts';
import { type Finding, locate } from '../../language/finding.ts';
import { isMapping } from '../../language/mapping.ts';
import { orderProblems, type Problem } from '../../language/problem.ts';
import {
  choice,
  filled,
  flag,
  kindOf,
  listOf,
  mapOf,
  oneOrMany,
  strict,
  template,
  text,
} from '../../language/schema/shapes.ts';
import { unworded } from '../../language/schema-findings.ts';
import { didYouMean } from '../../language/suggest.ts';
import { parseSalvaging } from '../../language/text/salvage.ts';
import { placeAt, readSource } from '../../language/text/source-text.ts';
import { nodeAt, type Path, toJson } from '../../language/text/yaml-node.ts';
import { readYaml } from '../../language/text/yaml-reader.ts';
import type { Task } from '../../task.ts';
import { isDynamic } from '../../task-names.ts';
import type { Answer, ChildEnd, Outcome, SignalData, TestCase } from './test-case.ts';

const wordFor = { input: 'input', signals: 'task that waits for the signal' };

const failure = strict({
  code: filled('an error code'),
  message: text().optional(),
  retryable: flag().optional(),
  details: template().optional(),
}).transform(
  ({ code, message = 'the case has it fail', retryable = false, details }): ErrorData => ({
    code,
    message,
    retryable,
    ...(details === undefined ? {} : { details }),
  }),
);

const silence = z.literal('silence').transform((kind): Silence => ({ kind }));
const plain = template().transform((value): SignalData => ({ kind: 'give', value }));
const given = strict({ give: template() }).transform(
  ({ give }): SignalData => ({ kind: 'give', value: give }),
);
const failed = strict({ fail: failure }).transform(({ fail }): Outcome => ({ kind: 'fail', error: fail }));

const signal = said<SignalData>((value) =>
  value === 'silence' ? silence : onlyKey(value) === 'give' ? given : plain,
);

const outcome = said<Outcome>((value) => (onlyKey(value) === 'fail' ? failed : signal));

const attempts = strict({
  attempts: listOf(outcome, 'a list of results').min(1, { error: 'the list of attempts is empty' }),
}).transform((written): readonly Outcome[] => written.attempts);

/** Any value is a result, unless it is a mapping whose one key says how it is meant. */
const result = said<readonly Outcome[]>((value) =>
  onlyKey(value) === 'attempts' ? attempts : outcome.transform((only): readonly Outcome[] => [only]),
);

const decision = choice(['approve', 'reject', 'change', 'silence']).transform((kind): Answer => ({ kind }));
const changed = strict({
  decision: z.literal('change'),
  by: filled('a name').optional(),
  comment: filled('what is to be changed').optional(),
}).transform(({ decision: kind, ...rest }): Answer => ({ kind, ...rest }));
const decided = strict({
  decision: choice(['approve', 'reject']),
  by: filled('a name').optional(),
  data: template().optional(),
}).transform(({ decision: kind, by, data }): Answer => ({ kind, by, data }));
const answer = said<Answer>((value) => {
  if (typeof value === 'string') return decision;

  return isMapping(value) && value['decision'] === 'change' ? changed : decided;
});

const ends = ['COMPLETED', 'FAILED', 'TERMINATED', 'TIMED_OUT'] as const;
const end = strict({
  status: choice(ends),
  output: template().optional(),
  error: failure.optional(),
}).transform((ended): ChildEnd => ({ kind: 'end', ...ended }));
const childEnd = said<ChildEnd>((value) => (value === 'silence' ? silence : end));

const expectation = strict({
  status: choice([...ends, 'RUNNING', 'PAUSED', 'CANCELLING', 'COMPENSATING']).optional(),
  path: oneOrMany(filled('a task id'), 'a task id or a list of them').optional(),
  tasks: mapOf(filled('a status'), 'a mapping from task id to status').optional(),
  output: template().optional(),
  error: mapOf(template(), 'a mapping such as {code: agent.busy}').optional(),
});

const testCase = strict({
  name: filled('a name'),
  input: mapOf(template(), 'a mapping from name to value').optional(),
  results: mapOf(result, 'a mapping from task id to result').optional(),
  answers: mapOf(many(answer), 'a mapping from task id to approve, reject or silence').optional(),
  signals: mapOf(signal, 'a mapping from the name of a signal to its data').optional(),
  children: mapOf(many(childEnd), 'a mapping from task id to the end of its run').optional(),
  expect: expectation,
});

/** A file of cases, as it is written. */
const casesFile = strict({
  test: strict({
    definition: filled('a file').optional(),
    cases: listOf(testCase, 'a list of cases').min(1, { error: 'the list of cases is empty' }),
  }),
});

/** What a `*.test.yaml` holds. */
export type LoadedCases = {
  /** The file of the definition, beside this one; absent where it has the name of this one. */
  readonly definition?: string;
  readonly cases: readonly TestCase[];
  /** What the cases name that the definition does not have. */
  readonly misfits: (definition: Definition) => readonly Problem[];
};

/** A YAML text becomes cases, or the list of everything that is wrong with it. Never throws. */
export function loadCases(options: {
  readonly file: string;
  readonly content: Uint8Array | string;
}): ({ readonly ok: true } & LoadedCases) | { readonly ok: false; readonly problems: readonly Problem[] } {
  const read = readSource(options);
  if (!read.ok) return { ok: false, problems: [ownCode(read.problem)] };
  const { source } = read;
  const yaml = readYaml(source);
  if (!yaml.ok) return { ok: false, problems: orderProblems(yaml.problems).map(ownCode) };
  const located = (findings: readonly Finding[]) =>
    orderProblems(findings.map((finding) => ownCode(locate(source, yaml.root, finding))));

  const { value, findings } = parsed(toJson(yaml.root));
  const problems = orderProblems([...yaml.problems.map(ownCode), ...located(findings)]);
  if (value === undefined || problems.length > 0) return { ok: false, problems };
  const { definition } = value.test;
  const cases = value.test.cases.map((written, index) =>
    caseOf(written, placeAt(source, nodeAt(yaml.root, ['test', 'cases', index]).start).line),
  );

  return {
    ok: true,
    cases,
    ...(definition === undefined ? {} : { definition }),
    misfits: (of) => located(misfits(of, cases)),
  };
}

type CasesFile = z.output<typeof casesFile>;

function parsed(raw: Json): { readonly value?: CasesFile; readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) {
    const message = `expected a mapping with the key "test", found ${kindOf(raw)}`;
    return { findings: [{ code: 'definition.not-a-mapping', message, path: [] }] };
  }
  const { value, findings } = parseSalvaging({ schema: casesFile, value: raw, path: [] });
  const names = value?.test.cases.map(({ name }) => name) ?? [];
  const repeated = names.flatMap((name, index): readonly Finding[] => {
    const first = names.indexOf(name);
    if (first === index) return [];
    const at = (place: number) => ['test', 'cases', place, 'name'];
    const message = `there is a case "${name}" already`;
    return [{ code: 'definition.duplicate-name', message, path: at(index), first: at(first) }];
  });

  return { ...(value === undefined ? {} : { value }), findings: [...findings, ...repeated] };
}

function caseOf(written: CasesFile['test']['cases'][number], line: number): TestCase {
  const { name, input = {}, results = {}, answers = {}, signals = {}, children = {}, expect } = written;

  return { name, line, input, results, answers, signals, children, expect: defined(expect) };
}

/** The parts that read definitions, too, speak of definitions. */
function ownCode(problem: Problem): Problem {
  return { ...problem, code: problem.code.replace(/^definition\./, 'cases.') };
}

type Silence = { readonly kind: 'silence' };

function many<Read>(one: z.ZodType<Read>) {
  const list = listOf(one, 'a list').min(1, { error: 'the list is empty' });

  return said<readonly Read[]>((value) => (Array.isArray(value) ? list : one.transform((only) => [only])));
}

/** Under which key a case says what becomes of a task; undefined where nobody outside is asked about it. */
type Asked = 'results' | 'answers' | 'children' | undefined;

/** The tasks, signals and inputs that cases name and the definition does not have, or has otherwise. */
function misfits(definition: Definition, cases: readonly TestCase[]): readonly Finding[] {
  const tasks = new Map([...planOf(definition)].map(([id, { task }]) => [id, task]));

  return cases.flatMap((each, index) => {
    const at = ['test', 'cases', index];
    const expected = Object.keys(each.expect.tasks ?? {});
    const path = each.expect.path ?? [];

    return [
      ...namesAmong(Object.keys(definition.input), 'input', { names: Object.keys(each.input), at }),
      ...namesAmong(signalsOf(tasks, each), 'signals', { names: Object.keys(each.signals), at }),
      ...(['results', 'answers', 'children'] as const).flatMap((key) =>
        Object.keys(each[key]).flatMap((name) => misnamed(tasks, name, { key, path: [...at, key, name] })),
      ),
      ...expected.flatMap((name) => misnamed(tasks, name, { path: [...at, 'expect', 'tasks', name] })),
      ...path.flatMap((name, place) =>
        misnamed(tasks, name, { path: [...at, 'expect', 'path', place], isValue: true }),
      ),
    ];
  });
}

function namesAmong(
  known: readonly string[],
  key: keyof typeof wordFor,
  { names, at }: { readonly names: readonly string[]; readonly at: Path },
): readonly Finding[] {
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      code: 'definition.unknown-name',
      message: `the definition has no ${wordFor[key]} "${name}"${didYouMean(name, known)}`,
      path: [...at, key, name],
      at: 'key',
    }));
}

function misnamed(
  tasks: ReadonlyMap<string, Task>,
  name: string,
  { key, path, isValue = false }: { readonly key?: Asked; readonly path: Path; readonly isValue?: boolean },
): readonly Finding[] {
  const place = { path, at: isValue ? 'value' : 'key' } as const;
  const task = tasks.get(localId(name));
  if (task === undefined) {
    const message = `the definition has no task "${name}"${didYouMean(localId(name), tasks.keys())}`;
    return [{ code: 'definition.unknown-task', message, ...place }];
  }
  const right = askedFor(task);
  if (key === undefined || key === right) return [];
  const how = right === undefined ? 'it gets no result from outside' : `say it under "${right}"`;

  return [{ code: 'definition.wrong-key', message: `${name} is a ${task.type} task: ${how}`, ...place }];
}

function askedFor({ type }: Task): Asked {
  switch (type) {
    case 'SIMPLE':
    case 'HTTP':
    case 'EVENT':
      return 'results';
    case 'HUMAN':
      return 'answers';
    case 'SUB_WORKFLOW':
      return 'children';
    default:
      return undefined;
  }
}

/** Where an expression gives the name of a signal, whatever the case names may be it: playing it will tell. */
function signalsOf(tasks: ReadonlyMap<string, Task>, { signals }: TestCase): readonly string[] {
  const awaited = [...tasks.values()].flatMap((task) =>
    task.type === 'WAIT' && task.signal !== undefined ? [task.signal] : [],
  );

  return awaited.some(isDynamic) ? Object.keys(signals) : awaited;
}

/** A value whose form tells which schema it is for: what is wrong with it is told by that one alone. */
function said<Read>(schemaFor: (given: Json) => z.ZodType<Read>) {
  return template().transform((given, { issues }): Read => {
    const read = schemaFor(given).safeParse(given, { error: () => unworded });
    if (read.success) return read.data;
    for (const issue of read.error.issues) issues.push({ ...issue, input: given } as z.core.$ZodRawIssue);

    return undefined as Read;
  });
}

/** The one key of a mapping that has no other. */
function onlyKey(given: Json): string | undefined {
  const [key, ...others] = isMapping(given) ? Object.keys(given) : [];

  return others.length === 0 ? key : undefined;
}
