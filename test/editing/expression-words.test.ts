// What an editor offers inside of expressions, and what it says of a word. Method: real texts with the cursor at `|`,
// the vocabulary of the language as the server sends it, and what is readable in a real definition.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { docsAt } from '../../src/editing/docs-at.ts';
import { expressionAt } from '../../src/editing/expression-place.ts';
import { offeredWords } from '../../src/editing/expression-words.ts';
import { yamlPlaceAt } from '../../src/editing/yaml-place.ts';
import { vocabulary } from '../../src/projections/definition/vocabulary.ts';
import { readableIn } from '../../src/projections/readable.ts';

const text = `workflow:
  id: orders
  version: 1
  input:
    properties:
      total: {type: integer, description: In cents.}
      name: {type: string}
      lines: {type: array}
  variables: {tries: 0}
  triggers:
    - {id: told, on: order.received, input: {total: 1, name: a, lines: []}}
  tasks:
    - id: count
      type: TRANSFORM
      output:
        sum: 3
    - id: send-mail
      name: Send
      assigned_to: ana
      depends_on: count
      when: count.output.sum > 2
`;
const loaded = loadDefinition({ file: 'orders.yaml', content: text });
if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
const words = { vocabulary: vocabulary(), readable: readableIn(loaded.loaded.definition) };
const schema = JSON.parse(await readFile('definitions/workflow.schema.json', 'utf8'));

/** What is offered at the `|` of a line that stands at the end of the text; undefined outside of an expression. */
function offered(line: string): readonly string[] | undefined {
  const [before = '', after = ''] = line.split('|');
  const whole = `${text}${before}${after}`;
  const offset = text.length + before.length;
  const place = expressionAt(whole, offset, words.vocabulary.conditionKeys);

  return place && offeredWords(place, yamlPlaceAt(whole, offset), words).map(({ label }) => label);
}

test('members are those of the definition: inputs, variables, tasks and what they give', () => {
  expect(offered('      when: workflow.|')).toEqual(['input', 'variables', 'id', 'run_id']);
  expect(offered('      when: workflow.input.|')).toEqual(['total', 'name', 'lines']);
  expect(offered('      output_to: a-${workflow.variables.t|}')).toEqual(['tries']);
  expect(offered('      when: count.|')).toEqual(['output', 'status', 'error', 'attempt']);
  expect(offered('      when: count.output.|')).toEqual(['sum']);
  expect(offered('      when: tasks["send-mail"].error.|')).toEqual([
    'code',
    'message',
    'retryable',
    'details',
  ]);
});

test('methods are offered for what has them: of a text, of a list, of what is not known, none of a number', () => {
  expect(offered('      when: workflow.input.name.|')).toContain('startsWith');
  expect(offered('      when: workflow.input.name.|')).not.toContain('filter');
  expect(offered('      when: workflow.input.lines.|')).toContain('filter');
  expect(offered('      when: workflow.input.total.|')).toEqual([]);
  expect(offered('      when: size(x).|')).toContain('contains');
  expect(offered('      when: workflow.input.?other.|')).toEqual(['orValue', 'or', 'hasValue', 'value']);
});

test('a word that stands alone is a name that can be read there, a task or a function', () => {
  const free = offered('      when: 1 < |');
  expect(free).toEqual(
    expect.arrayContaining(['workflow', 'secrets', 'count', 'send-mail', 'size', 'regex']),
  );
  expect(free).not.toContain('result');
  expect(free).not.toContain('event');
  expect(offered('      output: {a: "${|"}')).toContain('result');
  expect(offered('      match: |')).toEqual(expect.arrayContaining(['signal', 'event']));
  const trigger = yamlPlaceAt('workflow:\n  triggers:\n    - on: a\n      when: ', 48);
  const seen = offeredWords({ word: '', from: 48, isOptional: false }, trigger, words);
  expect(seen.filter(({ kind }) => kind === 'variable').map(({ label }) => label)).toEqual(['event']);
});

test('nothing is offered outside of expressions, behind their end, in their texts and in comments', () => {
  expect(offered('      name: workflow.|')).toBeUndefined();
  expect(offered('      name: ${workflow.id} of workflow.|')).toBeUndefined();
  expect(offered('      name: $${workflow.|')).toBeUndefined();
  expect(offered("      when: workflow.id == 'work|'")).toBeUndefined();
  expect(offered('      when: true # workflow.|')).toBeUndefined();
  expect(offered('      name: ${json({"a": 1}) + workflow.|}')).toEqual([
    'input',
    'variables',
    'id',
    'run_id',
  ]);
});

test('says what a key and a word of an expression mean, and nothing of other words', () => {
  const at = (word: string) => docsAt(text, text.lastIndexOf(word) + 1, { schema, words });
  expect(at('depends_on')).toMatchObject({ title: 'depends_on', doc: expect.stringMatching(/\w/) });
  expect(at('id: orders')).toMatchObject({ title: 'id (required)' });
  expect(at('sum > 2')).toMatchObject({ title: 'sum: number' });
  expect(at('count.output')).toMatchObject({ title: 'count: TRANSFORM', doc: 'The task count.' });
  expect(at('ana')).toBeUndefined();
  expect(docsAt(text, text.indexOf('TRANSFORM'), { schema, words: undefined })).toBeUndefined();
});
