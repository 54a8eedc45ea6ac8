import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { Context, MiddlewareHandler } from 'hono';
import type { ApiEnv } from './api.ts';

type WebFile = { readonly body: Uint8Array<ArrayBuffer>; readonly type: string };

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.map': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Serves the built dashboard: its files under their own paths, and its page for every other path, except under `/api`
 * and in the folders of the build. Files are read once, so no path can lead to another file.
 */
export async function webFiles(folder: string): Promise<MiddlewareHandler<ApiEnv>> {
  const files = await readFiles(folder);
  const page = files.get('/index.html');
  const taken = new Set(['api', ...[...files.keys()].filter(isInFolder).map(folderOf)]);

  return async (c, next) => {
    const { path, method } = c.req;
    if (method !== 'GET' && method !== 'HEAD') return next();
    const file = files.get(path);
    if (file !== undefined && file !== page) return answer(c, file, cachingOf(path));

    return page === undefined || taken.has(folderOf(path)) ? next() : answer(c, page, 'no-cache');
  };
}

function isInFolder(path: string): boolean {
  return path.lastIndexOf('/') > 0;
}

/** The first part of a path. Later parts may contain dots: addresses of tasks look like `orders[2].pay`. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

/** Built files have a digest of their content in the name; other files do not. */
function cachingOf(path: string): string {
  return path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function answer(c: Context<ApiEnv>, { body, type }: WebFile, caching: string): Response {
  c.header('Content-Type', type);
  c.header('Cache-Control', caching);

  return c.body(body);
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, WebFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (path): Promise<readonly [string, WebFile]> => {
    const type = types[extname(path)] ?? 'application/octet-stream';

    return [
      `/${relative(folder, path).split(sep).join('/')}`,
      { body: new Uint8Array(await readFile(path)), type },
    ];
  });

  return new Map(await Promise.all(read));
}
