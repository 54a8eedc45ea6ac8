// What is told of a text while more of it comes has no secret in it either. Method: texts that grow line by line; what
// is told of them in pieces is compared with the whole text without secrets.
import { expect, test } from 'vitest';
import { redact, redactFrom, redactSoFar } from '../../../../machines/run/record/redact.ts';

const token = 'tok-5f3a9c1e77';
const key = 'begin of the key\nits second line\nits end';
const wrapped = btoa(`user:${token}`).replace(/(.{7})/g, '$1\n');
const secrets = [token, key];

/** What is told of the text as its lines come one by one. */
function inPieces(text: string, hidden: readonly string[]): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let end = text.indexOf('\n') + 1; end > 0; end = text.indexOf('\n', end) + 1) {
    const { clean, to } = redactSoFar(text.slice(0, end), from, hidden);
    if (clean !== '') pieces.push(clean);
    from = to;
  }

  return [...pieces, redactFrom(text, from, hidden)];
}

test.each([
  ['a secret in a line', `one\nwith ${token} in it\ntwo\n`],
  ['a secret of several lines', `one\n${key}\ntwo\nthree\n`],
  ['one in base64 that is wrapped over lines', `one\n${wrapped}\ntwo\nthree`],
  ['a text that only begins like a secret', `one\nbegin of the key\nof somebody else\ntwo`],
  ['a text that ends within one', `one\ntwo\nbegin of the key\nits`],
  ['nothing to hide', 'one\n\ntwo'],
])('of %s as much is told in pieces as at the end', (_what, text) => {
  expect(inPieces(text, secrets).join('')).toBe(redact(text, secrets));
});

test('a line is told as soon as it is there, where no secret may begin in it', () => {
  expect(inPieces('one\ntwo\nthree\n', secrets)).toEqual(['one\n', 'two\n', 'three\n', '']);
});

test('a text that is nothing but a secret, however short, is hidden', () => {
  expect(redactFrom('123', 0, ['123'])).toBe('***');
});
