import { functions } from '../../machines/expressions/functions.ts';
import { loopKinds } from '../../machines/expressions/loop-node.ts';
import { methods } from '../../machines/expressions/methods.ts';
import { conditionKeys } from '../../machines/language/expression-sites.ts';
import { eventNames } from '../../machines/triggers/fired-event.ts';
import type { Vocabulary } from '../api/vocabulary.ts';
import { functionWords, methodWords } from './vocabulary-words.ts';

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
