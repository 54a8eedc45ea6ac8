// No secret may reach the journal, however it is written. Method: one secret with every awkward character in each form
// that programs write it in, and the whole value that has to come out; and every type of event, filled with a secret.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Json, JsonObject, JsonValue } from '../../../../events/canonical-json.ts';
import { catalogue, type Fact } from '../../../../events/catalogue.ts';
import { RunStarted } from '../../../../events/run-events.ts';
import { TaskCompleted, TaskFailed, TaskHeartbeat } from '../../../../events/task-events.ts';
import { redact, redactFact, secretTexts } from '../../../../machines/run/record/redact.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each([
  ['', ''],
  ['u:', ''],
  ['us:', '!'],
  ['use:', '!!'],
  ['user:', '\n'],
])('hides all bits of a secret within base64, between %j and %j', (before, after) => {
  const word = 'hunter2hunter2';
  const written = base64(`${before}${word}${after}`);
  const [left = '', right = '', ...more] = (redact(`Basic ${written}`, [word]) as string).split('***');

  expect(more).toEqual([]);
  // What is left are digits that stand for nothing but what was before, or after.
  expect(`Basic ${written.slice(0, Math.floor((before.length * 8) / 6))}`).toMatch(new RegExp(`^${left}`));
  const end = written.slice(Math.ceil(((before.length + word.length) * 8) / 6));
  expect(end.endsWith(right)).toBe(true);
});

test('hides every occurrence, and all that overlapping secrets cover', () => {
  expect(redact('abcd abcd, abcdef', ['abcd'])).toBe('*** ***, ***ef');
  expect(redact('xabcdefx', ['abcd', 'cdef'])).toBe('x***x');
  expect(redact('token-12345-extended token-12345', ['token-12345', 'token-12345-extended'])).toBe('*** ***');
});

test('hides a short secret only where it is the whole text', () => {
  expect(redact(['abc', 'abcd', { abc: 'ab c' }], ['abc'])).toEqual(['***', 'abcd', { '***': 'ab c' }]);
});

test('hides numbers whose text is a secret', () => {
  expect(redact({ pin: 4711, other: 47110, text: 'pin 4711' }, ['4711'])).toEqual({
    pin: '***',
    other: 47110,
    text: 'pin ***',
  });
});

test('keeps both values when hiding makes two keys the same', () => {
  const value = { 'k secret-a': 1, 'k secret-b': 2, 'k ***': 3 };

  expect(redact(value, ['secret-a', 'secret-b'])).toEqual({ 'k *** (2)': 1, 'k *** (3)': 2, 'k ***': 3 });
});

test('gives the same object back when there is nothing to hide', () => {
  const value = { a: ['x', { b: null }], n: 1 };

  expect(redact(value, ['secret'])).toBe(value);
  expect(redact(value, [])).toBe(value);
  expect(redact(value, [''])).toBe(value);
  expect(redact({ a: value, b: 'secret' }, ['secret'])).toHaveProperty('a', value);
});

test('leaves no secret in any value', () => {
  const secrets = ['correct horse', 's3cr3t!'];
  const anyText = fc.oneof(fc.string(), fc.constantFrom(...secrets), fc.constantFrom(...secrets.map(base64)));
  const joined = fc.array(anyText).map((parts) => parts.join(''));
  const anyValue = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      joined,
      fc.integer(),
      fc.array(tie('value')),
      fc.dictionary(joined, tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(anyValue, (value) => {
      const text = JSON.stringify(redact(value as Json, secrets));
      for (const each of [...secrets, ...secrets.map(base64)]) expect(text).not.toContain(each);
    }),
  );
});

test('what the fold goes by stays, even if it reads like a secret', () => {
  const output = { log: 'deploy with deploy', deploy: 1 };
  const completed = TaskCompleted.of({ task: 'deploy', attempt: 1, worker: 'deploy', output });

  expect(redactFact(completed, ['deploy', '1'])).toEqual(
    TaskCompleted.of({
      task: 'deploy',
      attempt: 1,
      worker: 'deploy',
      output: { log: '*** with ***', '***': '***' },
    }),
  );
  const definition = { id: 'deploy', version: 1, hash: 'f' };
  const started = RunStarted.of({ run: 'r', definition, input: { deploy: 'deploy' } });
  expect(redactFact(started, ['deploy'])).toEqual(
    RunStarted.of({ run: 'r', definition, input: { deploy: '***' } }),
  );
  const beating = TaskHeartbeat.of({
    task: 'a',
    attempt: 1,
    progress: { percent: 42, message: '42 %: hunter2' },
  });
  expect(redactFact(beating, ['42', 'hunter2']).data).toMatchObject({
    progress: { percent: 42, message: '42 %: ***' },
  });
});

test('an error loses the secret in its code, message and details, and stays an error', () => {
  const error = {
    code: 'x.hunter2',
    message: 'hunter2',
    retryable: true,
    details: { message: 'no hunter2' },
  };
  const failed = TaskFailed.of({ task: 'a', attempt: 1, error });

  expect(redactFact(failed, ['hunter2', 'message']).data).toMatchObject({
    error: { code: 'x.***', message: '***', retryable: true, details: { '***': 'no ***' } },
  });
});

test('a fact without secrets comes back as the same object', () => {
  const fact = TaskCompleted.of({ task: 'a', attempt: 1, output: { a: 'b' } });

  expect(redactFact(fact, ['hunter2'])).toBe(fact);
  expect(redactFact(fact, [])).toBe(fact);
});

test.each(catalogue.map((entry): [string, z.ZodType] => [entry.type, entry.schema]))(
  'no free member of %s keeps a secret, and the fact stays one of its type',
  (type, schema) => {
    const fact = { type, data: filled(schema) } as Fact;
    const clean = redactFact(fact, ['hunter2']);

    expect(schema.safeParse(clean.data).success).toBe(true);
    expect(JSON.stringify(clean)).not.toContain('hunter2');
  },
);

test('the texts to hide of secret values are the texts and numbers in them', () => {
  const values = { key: 'k', account: { user: 'ana', pins: [1, 22, true, null, ''] }, again: 'k' };

  expect(secretTexts(values)).toEqual(['k', 'ana', '1', '22']);
});

/** Data for a schema, with a secret wherever anything may stand, and in prose. */
function filled(schema: unknown, name = ''): unknown {
  if (schema === JsonValue) return ['hunter2', { hunter2: 'hunter2' }];
  if (schema instanceof z.ZodOptional) return filled(schema.unwrap(), name);
  if (schema === JsonObject) return { entry: filled(JsonValue) };
  if (schema instanceof z.ZodArray) return [filled(schema.element)];
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodLiteral) return schema.value;
  if (schema instanceof z.ZodBoolean) return true;
  if (schema instanceof z.ZodNumber) return 1;
  if (schema instanceof z.ZodString)
    return ['message', 'comment', 'reason', 'businessKey'].includes(name) ? 'hunter2' : 'x';
  if (schema instanceof z.ZodRecord) return { entry: 'hunter2' };
  if (!(schema instanceof z.ZodObject)) throw new Error(`no sample for ${name}`);

  return Object.fromEntries(Object.entries(schema.shape).map(([key, member]) => [key, filled(member, key)]));
}
