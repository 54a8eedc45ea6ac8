// What people do wrong in their first hours. Method: each mistake is made in a project of its own, in which one run has
// been; what is said has to name the place, the value and what helps. docs/mistakes.md is what came of it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { good, mistakes } from './newcomer-mistakes.ts';
import { createProject } from './project.ts';

type Mistake = (typeof mistakes)[number];

/** Each is made once, by whichever test asks first. */
const said = new Map<Mistake, ReturnType<typeof made>>();

function saidOf(each: Mistake): ReturnType<typeof made> {
  const known = said.get(each) ?? made(each);
  said.set(each, known);

  return known;
}

test('there are at least 30 of them, each once', () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(30);
  expect(new Set(mistakes.map(({ mistake }) => mistake)).size).toBe(mistakes.length);
});

test.each(mistakes)('$mistake: the place, the value and what helps are named', async (each) => {
  const { exit, text } = await saidOf(each);
  expect(exit).not.toBe(0);
  for (const part of each.says) expect(text).toContain(part);
});

test('docs/mistakes.md is what is said', async () => {
  const texts: string[] = [];
  for (const each of mistakes) {
    const text = (await saidOf(each)).text.replaceAll(/\b01[0-9a-z]{11,24}\b/g, '01kah3x9zq4bc');
    const title = `${each.mistake[0]?.toUpperCase()}${each.mistake.slice(1)}`;
    texts.push(`## ${title}\n\n\`\`\`\n$ workflow ${each.line}\n${text}\n\`\`\`\n`);
  }
  await expect(`${head}\n${texts.join('\n')}`).toMatchFileSnapshot('../../docs/mistakes.md');
});

const head = `# What everybody gets wrong once

<!-- Made by \`npx vitest run test/cli/newcomer-mistakes.test.ts -u\`. A test compares it. -->

Mistakes of the first hours, and what is said of each: where it is, what stands there, and what helps.
`;

async function made({ line, files = {} }: Mistake) {
  const { cli, dir } = await createProject({ 'definitions/greet.yaml': good });
  await cli('start greet --name Ada');
  for (const [path, text] of Object.entries(files)) await writeFile(join(dir, path), text);
  const { exit, out, err } = await cli(line);

  return { exit, text: `${err}${out}`.trimEnd() };
}
