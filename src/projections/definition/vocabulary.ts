import { functions } from '../../../machines/expressions/evaluate/functions.ts';
import { loopKinds } from '../../../machines/expressions/evaluate/loops.ts';
import { methods } from '../../../machines/expressions/evaluate/methods.ts';
import { conditionKeys } from '../../../machines/language/references/expression-sites.ts';
import { eventNames } from '../../../machines/triggers/fired-event.ts';
import type { Vocabulary } from '../../api/vocabulary.ts';

/** What the functions of the language do, by their names. A test holds them against the language itself. */
export const functionWords: Readonly<Record<string, Words>> = {
  size: {
    signature: 'size(x)',
    doc: 'Characters of a text, items of a list, members of a map.',
    example: 'size([1, 2])',
  },
  string: { signature: 'string(x)', doc: 'A number, true or false as text.', example: 'string(12)' },
  json: { signature: 'json(x)', doc: 'Any value as JSON text.', example: 'json({"a": 1})' },
  int: {
    signature: 'int(x)',
    doc: 'A whole number from a text, or a number without its fraction.',
    example: 'int("12")',
  },
  double: { signature: 'double(x)', doc: 'A number from a text.', example: 'double("1.5")' },
  bool: {
    signature: 'bool(x)',
    doc: 'true or false from the text "true" or "false".',
    example: 'bool("true")',
  },
  abs: { signature: 'abs(x)', doc: 'A number without its sign.', example: 'abs(-2)' },
  floor: { signature: 'floor(x)', doc: 'The whole number at or below.', example: 'floor(1.5)' },
  ceil: { signature: 'ceil(x)', doc: 'The whole number at or above.', example: 'ceil(1.5)' },
  round: {
    signature: 'round(x)',
    doc: 'The nearest whole number, halves away from zero.',
    example: 'round(1.5)',
  },
  min: { signature: 'min(a, b, ...)', doc: 'The least of numbers, or of one list.', example: 'min(1, 2)' },
  max: {
    signature: 'max(a, b, ...)',
    doc: 'The greatest of numbers, or of one list.',
    example: 'max([1, 2])',
  },
  has: { signature: 'has(a.b)', doc: 'Whether the member is there.', example: 'has({"a": 1}.a)' },
  regex: {
    signature: 'regex(text, pattern)',
    doc: 'Whether the pattern (RE2) is found in the text.',
    example: 'regex("abc", "^a")',
  },
};

/** The same of what is called on a value. */
export const methodWords: Readonly<Record<string, MethodWords>> = {
  size: {
    signature: 'size()',
    doc: 'Characters of a text, items of a list, members of a map.',
    example: '"abc".size()',
    of: ['text', 'list', 'map'],
  },
  startsWith: ofText('startsWith(text)', 'Whether it begins with the text.', '"abc".startsWith("a")'),
  endsWith: ofText('endsWith(text)', 'Whether it ends with the text.', '"abc".endsWith("c")'),
  contains: ofText('contains(text)', 'Whether the text is in it.', '"abc".contains("b")'),
  indexOf: ofText('indexOf(text)', 'Where the text begins in it, from 0; -1: nowhere.', '"abc".indexOf("b")'),
  lastIndexOf: ofText('lastIndexOf(text)', 'Where the text begins in it last.', '"aba".lastIndexOf("a")'),
  split: ofText('split(text)', 'Its parts between the text, as a list.', '"a,b".split(",")'),
  trim: ofText('trim()', 'Without white space at its ends.', '" a ".trim()'),
  lowerAscii: ofText('lowerAscii()', 'With a to z in place of A to Z.', '"A".lowerAscii()'),
  upperAscii: ofText('upperAscii()', 'With A to Z in place of a to z.', '"a".upperAscii()'),
  substring: ofText(
    'substring(from, to?)',
    'The part from one place to another, from 0.',
    '"abc".substring(1)',
  ),
  replace: ofText('replace(old, new)', 'With each old text replaced.', '"abc".replace("b", "d")'),
  join: ofList('join(separator?)', 'Its texts as one text.', '["a", "b"].join(", ")'),
  all: ofList('all(x, condition)', 'Whether the condition holds for every item.', '[1, 2].all(x, x > 0)'),
  exists: ofList(
    'exists(x, condition)',
    'Whether it holds for at least one item.',
    '[1, 2].exists(x, x > 1)',
  ),
  exists_one: ofList(
    'exists_one(x, condition)',
    'Whether it holds for exactly one.',
    '[1, 2].exists_one(x, x > 1)',
  ),
  filter: ofList('filter(x, condition)', 'The items for which it holds.', '[1, 2].filter(x, x > 1)'),
  map: ofList('map(x, value)', 'A value for every item.', '[1, 2].map(x, x * 2)'),
  orValue: ofOptional('orValue(x)', 'The member, or x where it is absent.', '{"a": 1}.?b.orValue(0)'),
  or: ofOptional(
    'or(optional)',
    'The member, or another that may be absent.',
    '{"a": 1}.?b.or({"a": 1}.?a).value()',
  ),
  hasValue: ofOptional('hasValue()', 'Whether the member is there.', '{"a": 1}.?a.hasValue()'),
  value: ofOptional('value()', 'The member; fails where it is absent.', '{"a": 1}.?a.value()'),
};

/** Forms that look like functions, and are read before any function is looked for. */
const forms = ['has', 'regex'];
/** What can be asked of a member that may be absent, as in `a.?b`. */
const ofOptionals = ['orValue', 'or', 'hasValue', 'value'];

/** What expressions may be made of: what the language has, with what our words say of it. */
export function vocabulary(): Vocabulary {
  return {
    names: [...names],
    taskMembers: members(taskWords),
    errorMembers: members(errorWords),
    functions: [...functions.keys(), ...forms].flatMap((name) => {
      const words = functionWords[name];

      return words === undefined ? [] : [{ name, ...words }];
    }),
    methods: [...methods.keys(), ...loopKinds.keys(), ...ofOptionals].flatMap((name) => {
      const words = methodWords[name];

      return words === undefined ? [] : [{ name, ...words, of: [...words.of] }];
    }),
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

type Words = { readonly signature: string; readonly doc: string; readonly example: string };
type MethodWords = Words & { readonly of: readonly ('text' | 'list' | 'map' | 'optional')[] };

function ofText(signature: string, doc: string, example: string): MethodWords {
  return { signature, doc, example, of: ['text'] };
}

/** A map is walked by its keys; only `join` needs a list. */
function ofList(signature: string, doc: string, example: string): MethodWords {
  return { signature, doc, example, of: signature.startsWith('join') ? ['list'] : ['list', 'map'] };
}

function ofOptional(signature: string, doc: string, example: string): MethodWords {
  return { signature, doc, example, of: ['optional'] };
}
