// What an agent's file may say. Method: texts that do harm where they are believed, and texts that people write.
import { expect, test } from 'vitest';
import { readAgentAnswer } from '../../src/file-queue/answer-text.ts';

const header = 'header: { workflow_id: run-1, task_id: t, agent: A, status: success }';
const read = (payload: string) => readAgentAnswer('response-x.yaml', `${header}\npayload: ${payload}\n`);

test('dates, words and numbers are what they look like in JSON', () => {
  expect(read('{ at: 2026-01-01, on: yes, n: 0x10, none: ~, list: [1, "2"] }')).toMatchObject({
    answer: { payload: { at: '2026-01-01', on: 'yes', n: 16, none: null, list: [1, '2'] } },
  });
});

test('a run id of digits, JSON, and a mark of the byte order are read', () => {
  const json = '{"header":{"workflow_id":2026,"task_id":"t","agent":"A","status":"success"},"payload":[]}';

  expect(readAgentAnswer('response-x.json', json)).toMatchObject({
    answer: { header: { workflow_id: '2026' } },
  });
});

test('aliases are written out, and those that make gigabytes are refused', () => {
  expect(read('{ a: &a [1], b: *a }')).toMatchObject({ answer: { payload: { a: [1], b: [1] } } });
  const bomb = ['&a0 [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n <= 9; n += 1)
    bomb.push(
      `&a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    );
  expect(read(`[${bomb.join(', ')}]`)).toEqual({
    kind: 'wrong',
    reason: 'with its aliases written out, it is too large',
  });
});

test('a value that holds itself is refused', () => {
  expect(read('&a [*a]')).toEqual({ kind: 'wrong', reason: 'it is nested deeper than 64' });
});

test('what other programs call special is refused: tags, several documents, keys that are lists, the same key twice', () => {
  for (const payload of [
    '!!binary aGk=',
    '!!js/function x',
    '{ [a]: 1 }',
    '{ a: 1, a: 2 }',
    '1\n---\nx: 1',
  ]) {
    expect(read(payload)).toMatchObject({ kind: 'half' });
  }
});

test('all that is wrong with a header is said at once', () => {
  const text = 'header: { workflow_id: run-1, task_id: t, agent: "", status: ok }\npayload: 1\n';

  expect(readAgentAnswer('response-x.yaml', text)).toMatchObject({
    reason: expect.stringMatching(/agent: .*; status: /),
  });
});
