// A claim is all that a worker over HTTP holds. Method: sealed by one engine, opened by another, changed on the way.
import { expect, test } from 'vitest';
import { type Claim, createClaimTexts } from '../../../src/http/work/claim-work.ts';

const secret = 'f00d'.repeat(16);
const claim: Claim = {
  run: '01r',
  task: 'greet',
  attempt: 1,
  key: '01r/greet/1',
  token: 'token-of-the-item',
  agent: 'GREETER',
  worker: 'w',
  reportTo: 'wf.default.report.GREETER.1',
  handle: '$JS.ACK.WF_DEFAULT_WORK.GREETER.1.2.3.4.5',
};

test('any engine with the same secret opens it, and it shows nothing of what is in it', () => {
  const text = createClaimTexts(secret).seal(claim);
  expect(createClaimTexts(secret).open(text)).toEqual(claim);
  expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('token-of-the-item');
  expect(createClaimTexts(secret).seal(claim)).not.toBe(text);
});

test('an engine of another namespace does not open it', () => {
  const text = createClaimTexts(secret).seal(claim);
  expect(() => createClaimTexts('another').open(text)).toThrow('this is no claim');
});

test('a claim of which one bit was changed, or a part is missing, is none', () => {
  const { seal, open } = createClaimTexts(secret);
  const bytes = Buffer.from(seal(claim), 'base64url');
  for (let at = 0; at < bytes.length; at += 7) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(() => open(changed.toString('base64url')), String(at)).toThrow('this is no claim');
  }
  for (const length of [0, 1, 12, 27, 28, bytes.length - 1])
    expect(() => open(bytes.subarray(0, length).toString('base64url')), String(length)).toThrow(
      'this is no claim',
    );
});

test('another text for the same bytes is none', () => {
  const { seal, open } = createClaimTexts(secret);
  const text = seal(claim);

  expect(() => open(`${text}=`)).toThrow('this is no claim');
  expect(() => open(`${text.slice(0, 9)}\n${text.slice(9)}`)).toThrow('this is no claim');
});
