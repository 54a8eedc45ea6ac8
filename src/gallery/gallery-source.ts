// Where galleries are read from: a folder, a git repository, a server of static files. Nothing else is reached than
// what stands in the lock file, no redirect is followed, and nothing is read that is larger than it may be.
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isAbsent } from '../files/file-failure.ts';
import { resolveInProject } from '../files/project-path.ts';
import type { Limit } from '../lib/limit.ts';
import { messageOf } from '../lib/text.ts';
import { GalleryRefused, type KnownGallery } from '../ports/definitions/gallery.ts';

/** A gallery that is open for reading. */
export type GallerySource = {
  /** The text of a file. Rejects with GalleryRefused. */
  readonly read: (path: string, bytesMax: number) => Promise<string>;
  readonly close: () => Promise<void>;
};

type Place = { readonly kind: 'folder' | 'git' | 'http'; readonly at: string };

const answerMsMax = 30_000;
const cloneMsMax = 120_000;
const lookMs = 100;

const gitAddress = /^(?:git\+|git:\/\/|ssh:\/\/|[\w.-]+@[\w.-]+:)|\.git\/?$/;

/** What kind of place is meant; a folder is kept relative to the project, so that the lock file can be shared. */
export function galleryPlace(given: string, { projectDir, cwd }: { projectDir: string; cwd: string }): Place {
  if (given.startsWith('-') || given.trim() === '')
    throw new GalleryRefused('gallery.bad-place', `${JSON.stringify(given)} is no folder and no address`);
  if (gitAddress.test(given)) return { kind: 'git', at: gitPlace(given, cwd) };
  if (/^https?:\/\//i.test(given)) return { kind: 'http', at: httpPlace(given) };
  if (/^[a-z][a-z0-9+.-]+:/i.test(given)) {
    throw new GalleryRefused('gallery.bad-place', `${given} is no place of a gallery`, {
      fix: 'name a folder, a git repository (git+<address>, or ending in .git), or http(s)://',
    });
  }

  return { kind: 'folder', at: relative(projectDir, resolve(cwd, given)) || '.' };
}

/** `ext::` and the like run programs: only what moves data is taken. A path of this machine is made absolute. */
function gitPlace(given: string, cwd: string): string {
  const address = given.replace(/^git\+/, '');
  if (/^[\w.-]+@[\w.-]+:/.test(address) || /^(?:https?|ssh|git|file):\/\//.test(address)) return address;
  if (/^-|::/.test(address))
    throw new GalleryRefused('gallery.bad-place', `${given} is no address of a git repository`);

  return isAbsolute(address) ? address : resolve(cwd, address);
}

function httpPlace(given: string): string {
  const url = new URL(given);
  if (url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new GalleryRefused(
      'gallery.bad-place',
      `${given} holds a user, a query or a fragment; the address of a gallery is that of a folder`,
    );
  }

  return url.href.replace(/\/?$/, '/');
}

/** Where galleries are read, all as they are when each is first opened. */
export type GallerySources = {
  /** `key`: what is pinned, if anything. Rejects with GalleryRefused. */
  readonly open: (gallery: Opened) => Promise<GallerySource>;
  readonly close: () => Promise<void>;
};

type Opened = Pick<KnownGallery, 'name'> & Place & { readonly key?: { readonly publicKey: string } };

type SourceOptions = {
  readonly projectDir: string;
  /** Shared by all that fetch repositories at the same time. */
  readonly clones: Limit;
  readonly repositoryBytesMax?: number | undefined;
};

export const clonesMax = 2;

/** A repository is fetched once for each place and key that is asked for, and removed by `close`. */
export function createGallerySources(options: SourceOptions): GallerySources {
  const opened = new Map<string, Promise<GallerySource>>();

  return {
    open: (gallery) => {
      const { kind, at, key } = gallery;
      const id = JSON.stringify([kind, at, key?.publicKey]);
      const source = opened.get(id) ?? openSource(gallery, options);
      opened.set(id, source);

      return source;
    },
    close: async () => {
      for (const each of await Promise.allSettled(opened.values()))
        if (each.status === 'fulfilled') await each.value.close();
    },
  };
}

async function openSource({ name, kind, at }: Opened, options: SourceOptions): Promise<GallerySource> {
  const { projectDir, clones, repositoryBytesMax: bytesMax = 256 * 1024 * 1024 } = options;
  const shown = (path: string): string => `${path} of the gallery ${name}`;
  if (kind === 'git') return inTurn(clones, () => openRepository(at, { name, shown, bytesMax }));
  const read = kind === 'http' ? httpReader(at, shown) : folderReader(resolve(projectDir, at), shown);

  return { read, close: () => Promise.resolve() };
}

function inTurn<T>(limit: Limit, work: () => Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    void limit.begin(() => work().then(done, failed));
  });
}

type Shown = (path: string) => string;

function folderReader(folder: string, shown: Shown): GallerySource['read'] {
  return async (path, bytesMax) => {
    try {
      // A link that leads out of the gallery is refused, and so is what is no plain file.
      const file = await open(
        await resolveInProject(folder, path),
        constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
      );
      try {
        const found = await file.stat();
        if (!found.isFile())
          throw new GalleryRefused('gallery.unreadable', `${shown(path)} is no plain file`);
        if (found.size > bytesMax) throw tooLarge(shown(path), bytesMax);
        return await file.readFile('utf8');
      } finally {
        await file.close();
      }
    } catch (error) {
      throw unreadable(error, shown(path));
    }
  };
}

function httpReader(base: string, shown: Shown): GallerySource['read'] {
  return async (path, bytesMax) => {
    try {
      const { fetch } = await import('undici');
      const signal = AbortSignal.timeout(answerMsMax);
      const answer = await fetch(new URL(path, base), { redirect: 'manual', signal });
      if (answer.status >= 300 && answer.status < 400) {
        await answer.body?.cancel();
        throw new GalleryRefused(
          'gallery.redirect',
          `${shown(path)} is said to be elsewhere (${answer.status} to ${answer.headers.get('location') ?? '?'}), ` +
            'and a gallery is read where it was added only',
          { fix: 'add it by the address that it has' },
        );
      }
      if (answer.status !== 200) {
        await answer.body?.cancel();
        throw new GalleryRefused(
          'gallery.unreadable',
          `${shown(path)}: the server answered ${answer.status}`,
        );
      }

      return await textWithin(answer.body ?? [], { bytesMax, shown: shown(path) });
    } catch (error) {
      throw unreadable(error, shown(path));
    }
  };
}

/** Counts what comes once it is unpacked, so that a small answer cannot become a large one. */
async function textWithin(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { bytesMax, shown }: { readonly bytesMax: number; readonly shown: string },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(shown, bytesMax);
    chunks.push(chunk);
  }

  return Buffer.concat(chunks).toString('utf8');
}

const run = promisify(execFile);

type GitOptions = { readonly bytesMax: number; readonly signal?: AbortSignal };

function git(args: readonly string[], { bytesMax, signal }: GitOptions) {
  return run('git', [...args], {
    ...(signal === undefined ? {} : { signal }),
    timeout: cloneMsMax,
    maxBuffer: bytesMax,
    env: {
      ...process.env,
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
      GIT_LFS_SKIP_SMUDGE: '1',
    },
  });
}

type Repository = { readonly name: string; readonly shown: Shown; readonly bytesMax: number };

/** Files are read out of a bare clone: none of the repository is ever checked out, so no link or hook of it counts. */
async function openRepository(
  address: string,
  { name, shown, bytesMax: cloneBytesMax }: Repository,
): Promise<GallerySource> {
  const folder = await mkdtemp(join(tmpdir(), '3ox-gallery-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    await cloneInto(folder, address, cloneBytesMax);
  } catch (error) {
    await close();
    if (error instanceof GalleryRefused) throw error;
    throw new GalleryRefused(
      'gallery.unreadable',
      `the repository of the gallery ${name} cannot be read: ${gitText(error)}`,
      { cause: error },
    );
  }

  return {
    close,
    read: async (path, bytesMax) => {
      try {
        const { stdout: size } = await git(['-C', folder, 'cat-file', '-s', `HEAD:${path}`], {
          bytesMax: 1024,
        });
        if (Number(size) > bytesMax) throw tooLarge(shown(path), bytesMax);
        const { stdout } = await git(['-C', folder, 'cat-file', 'blob', `HEAD:${path}`], {
          bytesMax: bytesMax + 1,
        });
        return stdout;
      } catch (error) {
        if (error instanceof GalleryRefused) throw error;
        throw new GalleryRefused('gallery.unreadable', `${shown(path)}: ${gitText(error)}`, { cause: error });
      }
    },
  };
}

/** Nothing that git knows bounds what it fetches: so the folder is looked at while it does. */
async function cloneInto(folder: string, address: string, bytesMax: number): Promise<void> {
  const stopped = new AbortController();
  const ended = new AbortController();
  const how = ['clone', '--quiet', '--bare', '--depth', '1', '--single-branch', '--no-tags', '--no-local'];
  const cloning = git(['-c', 'http.followRedirects=false', ...how, '--', address, folder], {
    bytesMax: 1024 * 1024,
    signal: stopped.signal,
  }).finally(() => ended.abort());
  // Both are waited for: what looks ends right after what it looks at.
  const [, cloned] = await Promise.allSettled([lookAt(folder, { bytesMax, stopped, ended }), cloning]);
  if ((await bytesIn(folder)) > bytesMax || stopped.signal.aborted)
    throw tooLarge(`the repository ${address}`, bytesMax);
  if (cloned.status === 'rejected') throw cloned.reason;
}

async function lookAt(
  folder: string,
  { bytesMax, stopped, ended }: { bytesMax: number; stopped: AbortController; ended: AbortController },
): Promise<void> {
  while (!ended.signal.aborted) {
    await delay(lookMs, undefined, { signal: ended.signal });
    if ((await bytesIn(folder)) > bytesMax) stopped.abort();
  }
}

/** Files come and go while git works. */
async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(({ parentPath, name }) =>
      lstat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );

  return sizes.reduce((sum, size) => sum + size, 0);
}

function gitText(error: unknown): string {
  const { stderr, code } = error as { readonly stderr?: string; readonly code?: unknown };
  if (code === 'ENOENT') return 'there is no program git';

  return stderr?.trim().split('\n').at(-1) || messageOf(error);
}

function tooLarge(shown: string, bytesMax: number): GalleryRefused {
  return new GalleryRefused('gallery.too-large', `${shown} has more than ${bytesMax} bytes`);
}

function unreadable(error: unknown, shown: string): GalleryRefused {
  if (error instanceof GalleryRefused) return error;
  const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  const why = isAbsent(error) ? 'there is no such file' : messageOf(cause);

  return new GalleryRefused('gallery.unreadable', `${shown} cannot be read: ${why}`, { cause: error });
}
