// A policy is found in Markdown, YAML or JSON and is never guessed at: whatever is not a policy is refused with the
// line and what was expected. Method: one text per way to write it, and one per way to get it wrong.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { policyLoad } from '../../src/actions/policy-load.ts';
import { unpackBundle } from '../../src/project/bundle-folder.ts';
import { temporaryProject } from '../files/temporary-project.ts';
import { testAttempt } from '../support/attempt.ts';

async function load(text: string, file = 'POLICY.md') {
  const projectDir = await temporaryProject({ [file]: text });

  return (await policyLoad(testAttempt({ projectDir, input: { policy: file } }))) as Record<string, never>;
}

const yaml = 'name: Inventory\nrequired_files: [LICENSE]\n';

test.each([
  ['front matter', 'a.md', `---\n${yaml}---\n# Text\n`],
  [
    'front matter after a byte order mark, with CRLF',
    'a.md',
    `\uFEFF---\n${yaml}---\n`.replaceAll('\n', '\r\n'),
  ],
  ['a yaml block', 'a.md', `# Policy\n\nWhy.\n\n\`\`\`yaml\n${yaml}\`\`\`\n`],
  ['a yml block with tildes', 'a.md', `~~~yml\n${yaml}~~~\n`],
  [
    'a block behind front matter that says other things',
    'a.md',
    `---\ntitle: x\n---\n\`\`\`yaml\n${yaml}\`\`\`\n`,
  ],
  [
    'a block behind an example in another language',
    'a.md',
    `\`\`\`sh\nls\n\`\`\`\n\`\`\`yaml\n${yaml}\`\`\`\n`,
  ],
  ['a YAML file', 'a.yaml', yaml],
  ['a JSON file', 'a.json', '{"name": "Inventory", "required_files": ["LICENSE"]}'],
])('takes %s', async (_, file, text) => {
  expect(await load(text, file)).toEqual({
    policy_name: 'Inventory',
    policy_version: null,
    policy_rules: { required_files: ['LICENSE'], forbidden: [], naming: [] },
    required_files: ['LICENSE'],
    policy_sha256: createHash('sha256').update(text).digest('hex'),
  });
});

test('takes every rule, sizes as numbers or as text, and names itself after its file', async () => {
  const text = [
    'version: 2',
    'forbidden: ["*.tmp", "**/secret/**"]',
    'max_file_bytes: 10MB',
    'max_total_bytes: 1.5 GiB',
    'naming:',
    '  - pattern: "[A-Z.]+"',
    '    applies_to: "*.md"',
  ].join('\n');
  expect(await load(text, 'x/STATION.yml')).toMatchObject({
    policy_name: 'STATION.yml',
    policy_version: 2,
    policy_rules: {
      required_files: [],
      forbidden: ['*.tmp', '**/secret/**'],
      max_file_bytes: 10_000_000,
      max_total_bytes: 1_610_612_736,
      naming: [{ pattern: '[A-Z.]+', applies_to: '*.md' }],
    },
  });
});

describe('what is not a policy', () => {
  test.each([
    [
      'no YAML at all',
      '# Just text\n',
      /POLICY\.md is not a policy: it has neither front matter.*required_files/,
    ],
    [
      'YAML about something else',
      '# T\n```yaml\ntitle: x\n```\n',
      /the YAML at line 3 has none of these keys/,
    ],
    ['an empty file', '', /neither front matter/],
    ['a list', '---\n- a\n---\n', /the YAML at line 2 has none/],
    ['a fence that is never closed', '```yaml\nrequired_files: [a]\n', /neither front matter/],
  ])('refuses %s', async (_, text, message) => {
    await expect(load(text)).rejects.toMatchObject({
      code: 'policy.not-a-policy',
      retryable: false,
      message: expect.stringMatching(message),
    });
  });

  test('refuses bytes that are no text, a folder and a pipe', async () => {
    const projectDir = await temporaryProject({ 'folder/x': '' });
    await promisify(execFile)('mkfifo', [join(projectDir, 'pipe')]);
    await writeFile(join(projectDir, 'image.md'), Buffer.from([0x89, 0x50, 0xff]));
    for (const policy of ['image.md', 'folder', 'pipe', '/dev/zero']) {
      await expect(policyLoad(testAttempt({ projectDir, input: { policy } }))).rejects.toMatchObject({
        code: 'policy.not-a-policy',
      });
    }
  });

  test('refuses one that is missing, or larger than a policy can be', async () => {
    const projectDir = await temporaryProject({ 'big.md': '#'.repeat(1024 * 1024 + 1) });
    const attempt = (policy: string) => policyLoad(testAttempt({ projectDir, input: { policy } }));
    await expect(attempt('none.md')).rejects.toMatchObject({ code: 'policy.not-found', retryable: false });
    await expect(attempt('big.md')).rejects.toMatchObject({ code: 'policy.too-large', retryable: false });
  });
});

describe('a policy with mistakes', () => {
  test('says where its YAML is broken, counted from the top of the file', async () => {
    await expect(load('# Title\n\n```yaml\nrequired_files:\n  - [\n```\n')).rejects.toMatchObject({
      code: 'policy.invalid-yaml',
      message: expect.stringMatching(/POLICY\.md:[56]:/),
    });
  });

  test('names every wrong key with its line', async () => {
    await expect(
      load('---\nname: x\nrequired_files: LICENSE\nmax_file_bytes: huge\nrequires: []\n---\n'),
    ).rejects.toMatchObject({
      code: 'policy.invalid',
      message: expect.stringMatching(
        /POLICY\.md:3: required_files: .*POLICY\.md:4: max_file_bytes: .*POLICY\.md:5: .*"requires"/,
      ),
    });
  });

  test.each([
    ['an absolute glob', 'forbidden: ["/etc/*"]'],
    ['a glob that leads out', 'required_files: ["../a"]'],
    ['a glob that takes too long to match', 'forbidden: ["*a*a*a*a*"]'],
    ['a glob with many alternatives', `forbidden: ["${'{a,a}'.repeat(4)}"]`],
    ['a glob with many folders left open', 'forbidden: ["**/a/**/a/**/b"]'],
    ['a pattern that does not compile', 'naming: [{pattern: "("}]'],
    ['a pattern with look-ahead', 'naming: [{pattern: "(?=a)b"}]'],
    ['a negative size', 'max_file_bytes: -1'],
  ])('refuses %s', async (_, text) => {
    await expect(load(text, 'a.yaml')).rejects.toMatchObject({ code: 'policy.invalid' });
  });

  test.each([
    ['a key given twice', 'required_files: []\nrequired_files: [a]'],
    ['aliases, which can grow without end', 'required_files: &a [x]\nforbidden: *a'],
    ['nesting without end', `required_files: ${'['.repeat(100)}${']'.repeat(100)}`],
    ['several documents', 'required_files: []\n---\nforbidden: []\n'],
    ['tags', 'required_files: !!js/function x'],
  ])('refuses %s', async (_, text) => {
    await expect(load(text, 'a.yaml')).rejects.toMatchObject({ code: 'policy.invalid-yaml' });
  });
});

test('a policy that the bundle brought along is read before a file of the folder, and a file that it lacks is', async () => {
  const projectDir = await temporaryProject({ 'own.yaml': yaml, 'both.yaml': yaml });
  const bundled = yaml.replace('Inventory', 'Bundled');
  await unpackBundle(projectDir, {
    ...{
      hash: 'a'.repeat(64),
      files: [
        { path: 'both.yaml', text: bundled },
        { path: 'x/in.yaml', text: bundled },
      ],
    },
  });
  const name = async (policy: string) =>
    ((await policyLoad(testAttempt({ projectDir, input: { policy } }))) as { policy_name: string })
      .policy_name;

  expect([await name('both.yaml'), await name('x/in.yaml'), await name('own.yaml')]).toEqual([
    ...['Bundled', 'Bundled', 'Inventory'],
  ]);
  expect(await name(join(projectDir, 'both.yaml'))).toBe('Inventory');
});
