import { functions } from '../../../machines/expressions/evaluate/functions.ts';
import { loopWords } from '../../../machines/expressions/evaluate/loops.ts';
import { methods } from '../../../machines/expressions/evaluate/methods.ts';
import type { Words } from '../../../machines/expressions/evaluate/values.ts';
import { conditionKeys } from '../../../machines/language/references/expression-sites.ts';
import { eventNames } from '../../../machines/triggers/fired-event.ts';
import { type Vocabulary, valueKinds } from '../../api/vocabulary.ts';

/** Forms that look like functions, and are read before any function is looked for. */
const forms: Readonly<Record<string, Words>> = {
  has: { signature: 'has(a.b)', doc: 'Whether the member is there.', example: 'has({"a": 1}.a)' },
  regex: {
    signature: 'regex(text, pattern)',
    doc: 'Whether the pattern (RE2) is found in the text.',
    example: 'regex("abc", "^a")',
  },
};
/** The same as `regex`, as CEL calls it. */
const formsOnValues: Readonly<Record<string, Words>> = {
  matches: {
    signature: 'matches(pattern)',
    doc: 'Whether the pattern (RE2) is found in the text: regex(text, pattern), as CEL calls it.',
    example: '"abc".matches("^a")',
  },
};
/** What can be asked of a member that may be absent, as in `a.?b`. */
const ofOptionals: Readonly<Record<string, Words>> = {
  orValue: {
    signature: 'orValue(x)',
    doc: 'The member, or x where it is absent.',
    example: '{"a": 1}.?b.orValue(0)',
  },
  or: {
    signature: 'or(optional)',
    doc: 'The member, or another that may be absent.',
    example: '{"a": 1}.?b.or({"a": 1}.?a).value()',
  },
  hasValue: {
    signature: 'hasValue()',
    doc: 'Whether the member is there.',
    example: '{"a": 1}.?a.hasValue()',
  },
  value: {
    signature: 'value()',
    doc: 'The member; fails where it is absent.',
    example: '{"a": 1}.?a.value()',
  },
};

/** What expressions may be made of: what the language has, with what our words say of it. */
export function vocabulary(): Vocabulary {
  return {
    names: [...names],
    taskMembers: members(taskWords),
    errorMembers: members(errorWords),
    functions: [...told(functions), ...told(Object.entries(forms))],
    methods: [
      ...[...methods].map(([name, { takes, ...words }]) => ({
        ...shown(name, words),
        of: valueKinds.filter((kind) => takes[0]?.some((type) => type === kind)),
      })),
      ...told(Object.entries(formsOnValues)).map((words) => ({ ...words, of: ['text' as const] })),
      ...told(Object.entries(loopWords)).map((words) => ({
        ...words,
        of: ['list' as const, 'map' as const],
      })),
      ...told(Object.entries(ofOptionals)).map((words) => ({ ...words, of: ['optional' as const] })),
    ],
    conditionKeys: [...conditionKeys, 'condition'],
  };
}

const taskWords = {
  output: 'What it gave.',
  status: 'How it is, such as COMPLETED or SKIPPED.',
  error: 'Why it failed; null where it did not.',
  attempt: 'How many times it was tried.',
};

const errorWords = {
  code: 'A stable name of what went wrong.',
  message: 'What went wrong, for people.',
  retryable: 'Whether another attempt may help.',
  details: 'More about it, as whoever did the work told it.',
};

const runWords = {
  input: 'What the run was started with.',
  variables: 'What SET_VARIABLE sets.',
  id: 'The id of the definition.',
  run_id: 'The id of the run.',
};

const signalWords = { name: 'The name of the signal.', data: 'What came with it.' };

const names: Vocabulary['names'] = [
  { name: 'workflow', doc: 'The run.', where: 'everywhere', members: members(runWords) },
  {
    name: 'tasks',
    doc: 'The tasks by their ids, for an id that is no name: tasks["send-mail"].',
    where: 'everywhere',
    members: [],
  },
  { name: 'secrets', doc: 'Secrets by their names.', where: 'everywhere', members: [] },
  { name: 'item', doc: 'The item that this pass is for.', where: 'body', members: [] },
  { name: 'index', doc: 'The number of this pass, from 0.', where: 'body', members: [] },
  {
    name: 'loop',
    doc: 'The loop that this pass belongs to.',
    where: 'body',
    members: members({ iteration: 'The number of this pass, from 1.' }),
  },
  { name: 'result', doc: 'What the task gave.', where: 'output', members: [] },
  { name: 'signal', doc: 'The signal that came.', where: 'match', members: members(signalWords) },
  { name: 'event', doc: 'The signal that came.', where: 'match', members: members(signalWords) },
  {
    name: 'event',
    doc: 'What the run is started for.',
    where: 'trigger',
    members: eventNames.map((name) => ({ name, doc: 'Of the event.' })),
  },
];

function members(words: Readonly<Record<string, string>>) {
  return Object.entries(words).map(([name, doc]) => ({ name, doc }));
}

function told(words: Iterable<readonly [string, Words]>) {
  return Array.from(words, ([name, of]) => shown(name, of));
}

function shown(name: string, { signature, doc, example }: Words) {
  return { name, signature, doc, example };
}
