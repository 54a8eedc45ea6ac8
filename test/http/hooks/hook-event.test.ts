// A request becomes an event: its type, its id and its data. Method: requests of every media type, and places that are
// not there.
import { expect, test } from 'vitest';
import type { Hook } from '../../../machines/serve-file/served.ts';
import { hookEvent } from '../../../src/http/hooks/hook-event.ts';

const at = '2026-01-01T00:00:00.000Z';
const plain: Hook = { name: 'in', event: { type: 'order.paid' } };

function eventOf(hook: Hook, body: string, headers: Record<string, string> = {}) {
  return hookEvent(hook, { headers: new Headers(headers), body: new TextEncoder().encode(body) }, at);
}

test('it says where it came from, and when', () => {
  expect(eventOf(plain, '{"a":1}', { 'content-type': 'application/json' })).toEqual({
    specversion: '1.0',
    id: 'sha256-015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862',
    source: '/hooks/in',
    type: 'order.paid',
    time: at,
    datacontenttype: 'application/json',
    data: { a: 1 },
  });
});

test.each([
  ['application/json; charset=utf-8', '[1]', [1]],
  ['application/vnd.github+json', '{"a":null}', { a: null }],
  ['application/x-www-form-urlencoded', 'a=1&b=x+y&a=2', { a: ['1', '2'], b: 'x y' }],
  ['text/plain', '{"a":1}', '{"a":1}'],
  ['', '{"a":1}', { a: 1 }],
  ['', 'no json', 'no json'],
])('a body of type %j that says %j', (type, body, data) => {
  expect(eventOf(plain, body, type === '' ? {} : { 'content-type': type }).data).toEqual(data);
});

test('what says that it is JSON and is not is refused', () => {
  expect(() => eventOf(plain, '{', { 'content-type': 'application/json' })).toThrow('the body is no JSON');
});

test('a form with very many fields of one name is a list of them, and is read in one pass', () => {
  const count = 300_000;
  const { data } = eventOf(plain, 'a&'.repeat(count), {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect((data as { readonly a: readonly string[] }).a).toHaveLength(count);
});

test('what is nested deeper than values may be is refused, whatever it says that it is', () => {
  for (const type of ['application/json', ''])
    expect(() => eventOf(plain, '['.repeat(5_000) + ']'.repeat(5_000), { 'content-type': type })).toThrow(
      'the body is nested deeper than 64 levels',
    );
});

test('type and id are taken from where the hook says', () => {
  const header = { from: { header: 'X-GitHub-Event' }, prefix: 'github.' };
  const body = { from: { body: 'meta.type' }, prefix: '' };
  const github = { ...plain, event: header, id: { header: 'X-GitHub-Delivery' } };
  const event = eventOf(github, '{}', { 'x-github-event': 'push', 'x-github-delivery': 'd-1' });
  expect([event.type, event.id]).toEqual(['github.push', 'd-1']);
  const inside = eventOf({ ...plain, event: body, id: { body: 'id' } }, '{"meta":{"type":"a.b"},"id":7}');
  expect([inside.type, inside.id]).toEqual(['a.b', '7']);
});

test.each([
  ['{}', 'where nothing stands'],
  ['{"type":"a b"}', 'where "a b" stands'],
  ['{"type":"wf.>"}', 'where "wf.>" stands'],
  ['{"type":{"a":1}}', 'where nothing stands'],
  ['[]', 'where nothing stands'],
])('a type that %s does not have is refused', (body, message) => {
  const hook = { ...plain, event: { from: { body: 'type' }, prefix: '' } };
  expect(() => eventOf(hook, body)).toThrow(message);
});

test('keys that every object has are not found, and set nothing', () => {
  const hook = { ...plain, event: { from: { body: '__proto__.type' }, prefix: '' } };
  expect(() => eventOf(hook, '{}')).toThrow('where nothing stands');
  const form = eventOf(plain, '__proto__=x&constructor=y', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(JSON.stringify(form.data)).toBe('{"__proto__":"x","constructor":"y"}');
  expect(({} as { x?: string }).x).toBeUndefined();
});

test('an id that is too long or empty is not taken: the bytes tell requests apart', () => {
  const hook = { ...plain, id: { header: 'X-Id' } };
  for (const id of ['', 'x'.repeat(201)])
    expect(eventOf(hook, 'a', { 'x-id': id }).id).toMatch(/^sha256-[0-9a-f]{64}$/);
  expect(eventOf(hook, 'a').id).not.toBe(eventOf(hook, 'b').id);
});
