// Programs write a secret in other forms than it was given in: escaped, encoded, over several lines, cut off. Method:
// each form by itself with the whole text that has to come out, then any secret in forms of forms between noise.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TaskCompleted, TaskFailed, TaskHeartbeat } from '../../../../events/task-events.ts';
import { redact, redactFact, redactSoFar } from '../../../../machines/run/record/redact.ts';

const secret = 'pä$s "w/rd" +\\1!\n';
const bytes = (text: string): readonly string[] =>
  [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0'));
const hex = (text: string): string => bytes(text).join('');
const numbered = (write: (code: number) => string): string =>
  Array.from(secret, (letter) => write(letter.charCodeAt(0))).join('');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.each<[string, string]>([
  ['as it is', secret],
  ['in JSON', JSON.stringify(secret).slice(1, -1)],
  ['in JSON within JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
  ['in JSON without letters beyond ASCII', String.raw`p\u00e4$s \"w/rd\" +\\1!\n`],
  ['in JSON with slashes escaped', JSON.stringify(secret).slice(1, -1).replace('/', String.raw`\/`)],
  ['in a URL', encodeURIComponent(secret)],
  ['in a URL, in lower case', encodeURIComponent(secret).toLowerCase()],
  ['in a form', new URLSearchParams({ k: secret }).toString().slice(2)],
  ['in base64', base64(secret)],
  ['in base64 without padding', base64(secret).replace(/=+$/, '')],
  ['in base64 for URLs', Buffer.from(secret).toString('base64url')],
  ['in base64 as PowerShell writes it', Buffer.from(secret, 'utf16le').toString('base64')],
  ['in lower case', secret.toLowerCase()],
  ['in upper case', secret.toUpperCase()],
  ['in hex', hex(secret)],
  ['in hex in upper case', hex(secret).toUpperCase()],
  ['in hex with colons', bytes(secret).join(':')],
  ['in hex with blanks', bytes(secret).join(' ')],
  ['as bytes of a program', bytes(secret).join(', 0x')],
  [
    'as bytes of a text',
    bytes(secret)
      .map((byte) => `\\x${byte}`)
      .join(''),
  ],
  ['in octal', [...Buffer.from(secret)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')],
  [
    'in a URL with every letter escaped',
    bytes(secret)
      .map((byte) => `%${byte}`)
      .join(''),
  ],
  ['in a URL within a URL', encodeURIComponent(encodeURIComponent(secret))],
  ['in HTML with names', 'p&auml;$s &quot;w/rd&quot; +\\1!&NewLine;'],
  ['in HTML with numbers', numbered((code) => `&#${code};`)],
  ['in HTML with numbers in hex', numbered((code) => `&#x${code.toString(16).toUpperCase()};`)],
  ['in JSON within HTML', 'p&#228;$s \\&quot;w/rd\\&quot; +\\\\1!\\n'],
  ['in JSON with every letter escaped', numbered((code) => `\\u${code.toString(16).padStart(4, '0')}`)],
  ['in JavaScript', numbered((code) => `\\u{${code.toString(16)}}`)],
])('hides a secret %s', (_, written) => {
  expect(redact(`before ${written} after`, [secret])).toBe('before *** after');
  expect(redact({ [`k ${written}`]: [written] }, [secret])).toEqual({ 'k ***': ['***'] });
});

const key = `-----BEGIN KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(3)}-----END KEY-----\n`;
const folded = (text: string, width: number, joint: string): string =>
  (text.match(new RegExp(`[^]{1,${width}}`, 'gu')) ?? []).join(joint);

test.each<[string, string, string]>([
  ['a token over two lines', 'tok-5f3a9c1e77', 'tok-5f3a\n9c1e77'],
  ['a token over lines that are indented', 'tok-5f3a9c1e77', folded('tok-5f3a9c1e77', 4, '\r\n    ')],
  ['a token over lines of a shell', 'tok-5f3a9c1e77', folded('tok-5f3a9c1e77', 5, '\\\n')],
  ['words over lines', 'correct horse battery', 'correct\n  horse battery'],
  ['words in the middle', 'correct horse battery', 'cor\nrect horse\nbattery'],
  ['base64 as mail wraps it', 'x'.repeat(100), folded(base64('x'.repeat(100)), 76, '\r\n')],
  ['hex as xxd wraps it', 'x'.repeat(100), folded(hex('x'.repeat(100)), 60, '\n')],
  ['hex as od wraps it', 'x'.repeat(100), folded(bytes('x'.repeat(100)).join(' '), 47, '\n')],
  ['base64 wrapped in JSON', 'x'.repeat(100), folded(base64('x'.repeat(100)), 76, '\\n')],
  ['a key that is indented', key, key.trim().replaceAll('\n', '\n    ')],
  ['a key without its line breaks', key, key.replaceAll('\n', '')],
])('hides %s', (_, hidden, written) => {
  expect(redact(`before ${written} after`, [hidden])).toMatch(/^before \*{3}\s* after$/);
});

test('hides a line of a key, but not what frames every key', () => {
  const lines = key.trim().split('\n');

  expect(redact([...lines, '-----BEGIN KEY-----'], [key])).toEqual([
    '-----BEGIN KEY-----',
    ...Array.from({ length: 3 }, () => '***'),
    '-----END KEY-----',
    '-----BEGIN KEY-----',
  ]);
});

test('does not take words apart: only what is broken over lines is put together', () => {
  expect(redact(['the man', 'the\nman'], ['theman'])).toEqual(['the man', '***']);
});

test('hides what is left of a secret where an error or a progress was cut, and only there', () => {
  const token = 'tok-5f3a9c1e77';
  const error = (message: string, stderr: string) =>
    TaskFailed.of({
      task: 'a',
      attempt: 1,
      error: { code: 'x', message, retryable: true, details: { stderr } },
    });

  expect(redactFact(error('saying: tok-5f3a9c', '3a9c1e77 is wrong'), [token])).toEqual(
    error('saying: ***', '*** is wrong'),
  );
  const cutBase64 = error(`saying: ${base64(token).slice(0, 12)}`, hex(token).slice(7));
  expect(redactFact(cutBase64, [token])).toEqual(error('saying: ***', '***'));
  // Fewer letters than six, or than a quarter, tell too little.
  expect(redactFact(error('saying: tok-5', '1e77'), [token])).toEqual(error('saying: tok-5', '1e77'));
  const beating = TaskHeartbeat.of({ task: 'a', attempt: 1, progress: { message: 'sent tok-5f3' } });
  expect(redactFact(beating, [token]).data).toMatchObject({ progress: { message: 'sent ***' } });
  const completed = TaskCompleted.of({ task: 'a', attempt: 1, output: 'tok-5f3a9c' });
  expect(redactFact(completed, [token])).toBe(completed);
});

test('a secret is hidden in whatever programs make of it, twice over and between other escapes', () => {
  const written = fc.constantFrom<((text: string) => string)[]>(
    (text) => text,
    (text) => JSON.stringify(text).slice(1, -1),
    encodeURIComponent,
    (text) =>
      bytes(text)
        .map((byte) => `%${byte}`)
        .join(''),
    (text) => text.replace(/[^ a-z0-9]/gi, (letter) => `&#${letter.codePointAt(0)};`),
    (text) => text.replace(/[&<>"']/g, (letter) => `&#x${letter.charCodeAt(0).toString(16)};`),
    (text) =>
      Array.from(
        { length: text.length },
        (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`,
      ).join(''),
  );
  const encoded = fc.constantFrom<((text: string) => string)[]>(
    (text) => text,
    (text) => text.toUpperCase(),
    hex,
    base64,
    (text) => folded(text, 5, '\n  '),
    (text) => folded(base64(text), 7, '\n'),
  );
  const noise = fc
    .array(fc.constantFrom('# ', '%', '&', '\\', '&amp; ', '%41', '\n', ' \\\\', '\\u00e4 '))
    .map((all) => all.join(''));
  const anySecret = fc.string({ unit: 'grapheme', minLength: 8 }).filter((text) => !/\s/.test(text));
  fc.assert(
    fc.property(
      anySecret,
      encoded,
      written,
      written,
      noise,
      noise,
      (hidden, encode, once, twice, before, after) => {
        const text = twice(once(encode(hidden)));
        // The blank ends what an escape before it may take.
        const clean = redact(`${before} ${text} ${after}`, [hidden]) as string;
        expect(clean).toContain('***');
        expect(clean.startsWith(`${before} `) && clean.endsWith(` ${after}`)).toBe(true);
        expect(clean.slice(before.length, clean.length - after.length).length).toBeLessThanOrEqual(
          5 + text.length / 8,
        );
      },
    ),
  );
});

test('1 MB with twenty secrets in it is searched in one pass: the time is that of its length', () => {
  const secrets = Array.from({ length: 20 }, (_, index) => `s3cret-${index}-${'ab'.repeat(index + 4)}`);
  const text = `${'a'.repeat(1 << 20)}\n${secrets.join('\n')}`;

  expect(redact(text, ['aaaa', ...secrets])).toBe(`***\n${secrets.map(() => '***').join('\n')}`);
});

test.each([
  ['one letter', 'a'.repeat(5_000)],
  ['one letter up to its last', `${'a'.repeat(4_999)}b`],
  ['two letters', 'ab'.repeat(2_500)],
])(
  'a secret that repeats %s is looked for in one pass too, wherever a text is like it',
  (_what, repeated) => {
    const like = `${'a'.repeat(400_000)}\n${'ab'.repeat(200_000)}\n`;
    const beat = (message: string) => TaskHeartbeat.of({ task: 'a', attempt: 1, progress: { message } });
    const text = `${like}\n${repeated} end`;
    const clean = redact(text, [repeated]) as string;

    expect(clean.endsWith('\n*** end')).toBe(true);
    expect(redactSoFar(text, 0, [repeated]).clean === clean).toBe(false);
    expect(redactSoFar(`${text}\n`, 0, [repeated]).clean === `${clean}\n`).toBe(true);
    expect(redactFact(beat(text), [repeated]).type).toBe('task.heartbeat');
  },
);

test('hides a secret in what an attempt printed, also the pieces on both sides of what was left out', () => {
  const token = 'tok-5f3a9c1e77';
  const printed = (stdout: string, head: string, tail: string) =>
    TaskCompleted.of({
      ...{ task: 'a', attempt: 1, output: 1 },
      log: { stdout, stderr: { head, omittedBytes: 9, tail } },
    });

  expect(redactFact(printed(`is ${token}!`, 'so tok-5f3a9c', '3a9c1e77 on'), [token])).toEqual(
    printed('is ***!', 'so ***', '*** on'),
  );
});
