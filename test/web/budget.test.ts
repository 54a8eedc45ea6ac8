// What a browser loads before it shows the first page (UX.md 7). Needs the built dashboard: `npm test` builds it.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const BYTES_MAX = 160 * 1024;
const folder = new URL('../../dist/web/', import.meta.url);

test('the first load is at most 160 KB gzipped, and comes from no other origin', async () => {
  const page = await readFile(new URL('index.html', folder), 'utf8');
  const paths = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
  expect(paths.filter((path) => !path.startsWith('/'))).toEqual([]);
  expect(paths.some((path) => path.endsWith('.js'))).toBe(true);
  const files = await Promise.all(paths.map((path) => readFile(new URL(`.${path}`, folder))));
  const bytes = [Buffer.from(page), ...files].reduce((sum, file) => sum + gzipSync(file).length, 0);
  expect(bytes).toBeLessThanOrEqual(BYTES_MAX);
});

test('no page holds a script or a style of its own', async () => {
  const page = await readFile(new URL('index.html', folder), 'utf8');
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
});
