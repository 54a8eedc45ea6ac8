// Which policy makes which verdict. Method: a list of files by hand, one rule broken at a time, the whole answer
// compared; long lists come from a manifest, which must be the one the scan wrote.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Json } from '../../events/canonical-json.ts';
import { complianceValidate } from '../../src/actions/registry.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

const file = (path: string, size = 1) => ({
  path,
  size,
  mtime: '2025-10-07T14:20:00.000Z',
  sha256: '0'.repeat(64),
});
const files = [file('LICENSE'), file('README.md', 50), file('docs/a.md', 20), file('docs/b c.md')];

async function validate(rules: Json, file_list: Json = files, projectDir = '/nowhere') {
  return complianceValidate(testAttempt({ projectDir, input: { file_list, rules } }));
}

test('the verdict is PASS when nothing is wrong, whatever is required', async () => {
  expect(
    await validate({ required_files: ['LICENSE', 'docs/*.md', '**/a.md'], forbidden: ['*.tmp'] }),
  ).toEqual({
    compliance_status: 'PASS',
    compliance_score: 100,
    missing_files: [],
    missing_total: 0,
    violations: [],
    violations_total: 0,
    checked_files: 4,
    strict_mode: false,
  });
});

test('the verdict is PASS with score 100 when nothing is required of no files', async () => {
  expect(await validate({}, [])).toMatchObject({ compliance_status: 'PASS', compliance_score: 100 });
});

test('the verdict is FAIL when a required file is missing, and the score is the share of those that are there', async () => {
  expect(await validate({ required_files: ['LICENSE', 'package.json', 'a.md'] })).toMatchObject({
    compliance_status: 'FAIL',
    compliance_score: 33,
    missing_files: ['package.json', 'a.md'],
    violations: [
      { rule: 'required', path: 'package.json', message: 'package.json missing' },
      { rule: 'required', path: 'a.md', message: 'a.md missing' },
    ],
  });
});

test('the verdict is FAIL when a forbidden file is there, at any depth unless the glob names a folder', async () => {
  expect(await validate({ forbidden: ['a.md'] })).toMatchObject({
    compliance_status: 'FAIL',
    compliance_score: 100,
    violations: [{ rule: 'forbidden', path: 'docs/a.md', message: 'docs/a.md is forbidden by a.md' }],
  });
  expect(await validate({ forbidden: ['other/*.md'] })).toMatchObject({ compliance_status: 'PASS' });
});

test.each([
  [
    'a name',
    { naming: [{ pattern: '[A-Za-z.]+', applies_to: 'docs/*', message: 'no spaces' }] },
    'docs/b c.md: no spaces',
  ],
  ['a size', { max_file_bytes: 49 }, 'README.md has 50 bytes, more than 49'],
  ['the size of all', { max_total_bytes: 71 }, 'all files have 72 bytes, more than 71'],
])('the verdict is PARTIAL when only %s is wrong', async (_, rules, message) => {
  expect(await validate(rules)).toMatchObject({
    compliance_status: 'PARTIAL',
    compliance_score: 100,
    violations_total: 1,
    violations: [{ message }],
  });
});

test.each([
  [{ max_file_bytes: 50, max_total_bytes: 72 }],
  [{ naming: [{ pattern: '.*', applies_to: '**' }] }],
])('the verdict is PASS right at the limit: %j', async (rules) => {
  expect(await validate(rules)).toMatchObject({ compliance_status: 'PASS' });
});

test('names at most 200 violations, the missing files first, and counts all', async () => {
  const many = Array.from({ length: 300 }, (_, index) => file(`${index}.tmp`));
  const result = await validate({ required_files: ['LICENSE'], forbidden: ['*.tmp'] }, many);
  expect(result).toMatchObject({
    violations_total: 301,
    violations: expect.objectContaining({ length: 200 }),
  });
  expect((result as { violations: Json[] }).violations[0]).toMatchObject({
    rule: 'required',
    path: 'LICENSE',
  });
});

test('answers in time for a name that a careless pattern would take for ever on', async () => {
  const name = `${'a'.repeat(250)}!`;
  expect(
    await validate({ naming: [{ pattern: '(a+)+' }], forbidden: ['*a*a*b'] }, [file(name)]),
  ).toMatchObject({
    compliance_status: 'PARTIAL',
  });
});

const text = `${JSON.stringify(file('LICENSE'))}\n${JSON.stringify(file('ö.md'))}\n`;
const sha256 = createHash('sha256').update(text).digest('hex');
const rules = { required_files: ['LICENSE', 'ö.md'] };

test('a manifest is read like the list itself', async () => {
  const projectDir = await temporaryProject({ 'm.jsonl': text });
  expect(await validate(rules, { manifest: 'm.jsonl', sha256, count: 2 }, projectDir)).toMatchObject({
    compliance_status: 'PASS',
    checked_files: 2,
  });
});

test.each([
  ['was edited', text.replace('ö.md', 'x.md')],
  ['lost a line', text.split('\n')[0] ?? ''],
  ['holds something else', 'hello\n'],
])('a manifest is refused when it %s', async (_, changed) => {
  const projectDir = await temporaryProject({ 'm.jsonl': changed });
  await expect(validate(rules, { manifest: 'm.jsonl', sha256, count: 2 }, projectDir)).rejects.toMatchObject({
    code: 'compliance.manifest-changed',
    retryable: false,
  });
});

test('a manifest is refused when it is gone, or lies outside the project', async () => {
  const projectDir = await temporaryProject();
  await expect(validate(rules, { manifest: 'm.jsonl', sha256, count: 2 }, projectDir)).rejects.toMatchObject({
    code: 'compliance.manifest-changed',
  });
  await expect(
    validate(rules, { manifest: '/etc/passwd', sha256, count: 2 }, projectDir),
  ).rejects.toMatchObject({
    code: 'path.absolute',
  });
});

test('wants rules under one name, and says so', async () => {
  const attempt = (input: Json) => complianceValidate(testAttempt({ projectDir: '/', input }));
  await expect(attempt({ file_list: [] })).rejects.toMatchObject({
    code: 'action.invalid-input',
    message: expect.stringContaining('expected either "rules" or "policy_rules"'),
  });
  expect(await attempt({ file_list: [], policy_rules: {}, strict_mode: true })).toMatchObject({
    strict_mode: true,
  });
});
