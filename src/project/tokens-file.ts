import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isAbsent } from '../files/file-failure.ts';
import { withFileLock } from '../files/file-lock.ts';
import { ensurePrivateFolder, readPrivateFile, syncFolder, writePrivateFile } from '../files/private-file.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Access, TokenEntry } from '../ports/access/access.ts';
import { SecretFileRefused, SecretsUnavailable } from '../ports/access/secret-errors.ts';
import type { Clock } from '../ports/clock.ts';

const lockOptions = { waitMs: 10_000, refusal: heldByAnother } as const;

const shownPath = '.3ox/tokens.json';

const tokenBytes = 32;
const prefix = '3ox_';
const idLength = 12;
const tokensMax = 1_000;

const Kept = z.object({
  id: z.string(),
  digest: z.string(),
  as: z.string(),
  level: z.enum(['L0', 'L1', 'L2', 'L3']),
  domain: z.string().optional(),
  createdAt: z.string(),
  expiresAt: z.string().optional(),
});
type Kept = z.output<typeof Kept>;
const File = z.object({ version: z.literal(1), tokens: z.array(Kept) });

/** There are as many tokens as are kept. The reaction: revoke one that nobody needs. */
class TooManyTokens extends Error {
  override readonly name = 'TooManyTokens';
  readonly code = 'usage.tokens';
  readonly fix = 'workflow tokens revoke <id>';

  constructor() {
    super(`there are ${tokensMax} tokens already, which is as many as are kept`);
  }
}

/**
 * The tokens of a project, in `.3ox/tokens.json`, which only its owner may read. It is looked at again whenever it was
 * changed, so that a token that another process revokes opens nothing any more. Rejects with SecretFileRefused.
 */
export function createTokensFile({
  projectDir,
  clock,
}: {
  readonly projectDir: string;
  readonly clock: Clock;
}): Access {
  const file = createKeptTokens(projectDir, File);

  return {
    list: async () => (await file.read()).tokens.map(entryOf),
    add: async ({ as, level, domain, expiresAt }) => {
      const token = `${prefix}${randomBytes(tokenBytes).toString('base64url')}`;
      const digest = digestOf(token).toString('hex');
      const kept: Kept = {
        id: digest.slice(0, idLength),
        digest,
        as,
        level,
        createdAt: new Date(clock.now()).toISOString(),
        ...(domain === undefined ? {} : { domain }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      await file.change(({ tokens }) => {
        if (tokens.length >= tokensMax) throw new TooManyTokens();
        return { version: 1, tokens: [...tokens, kept] };
      });

      return { token, entry: entryOf(kept) };
    },
    revoke: async (id) => {
      let isFound = false;
      await file.change(({ tokens }) => {
        isFound = tokens.some((each) => each.id === id);
        return { version: 1, tokens: tokens.filter((each) => each.id !== id) };
      });

      return isFound;
    },
    find: async (token) => {
      const found = matching((await file.read()).tokens, digestOf(token));

      return found === undefined || isExpired(found, clock.now()) ? undefined : entryOf(found);
    },
  };
}

/** Every digest is compared, and each as a whole: how long it takes tells nothing about any of them. */
function matching(tokens: readonly Kept[], digest: Buffer): Kept | undefined {
  let found: Kept | undefined;
  for (const each of tokens) {
    const kept = Buffer.from(each.digest, 'hex');
    if (kept.length === digest.length && timingSafeEqual(kept, digest)) found = each;
  }

  return found;
}

/** So is one whose time cannot be read: the file may have been changed by hand. */
function isExpired({ expiresAt }: Kept, nowMs: number): boolean {
  return expiresAt !== undefined && !(Date.parse(expiresAt) > nowMs);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function entryOf({ id, as, level, domain, createdAt, expiresAt }: Kept): TokenEntry {
  return {
    id,
    as,
    level,
    createdAt,
    ...(domain === undefined ? {} : { domain }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

type Tokens = { readonly version: 1; readonly tokens: readonly unknown[] };

/** The file that tokens are kept in, read again when it was changed. */
function createKeptTokens<Kept extends Tokens>(projectDir: string, schema: z.ZodType<Kept>) {
  const folder = join(projectDir, '.3ox');
  const path = join(folder, 'tokens.json');
  let known: { readonly stamp: string; readonly kept: Kept } | undefined;
  const changes = createSerialQueue();

  const read = async (): Promise<Kept> => {
    const stamp = await stampOf(path);
    if (known?.stamp !== stamp) known = { stamp, kept: parsed(readPrivateFile(path, shownPath), schema) };

    return known.kept;
  };
  const changed = async (change: (kept: Kept) => Kept): Promise<void> => {
    const text = `${JSON.stringify(change(parsed(readPrivateFile(path, shownPath), schema)), null, 2)}\n`;
    const temporary = join(folder, `.tokens-${randomUUID()}.part`);
    await writePrivateFile(temporary, text);
    try {
      await rename(temporary, path);
    } catch (error) {
      await unlink(temporary);
      throw error;
    }
    await syncFolder(folder);
  };

  return {
    read,
    /** One after another, whichever process asks: of two at once none is lost, and what was revoked stays so. */
    change: async (change: (kept: Kept) => Kept): Promise<void> => {
      await ensurePrivateFolder(projectDir);

      return changes.post(() =>
        withFileLock(join(folder, 'tokens.lock'), lockOptions, () => changed(change)),
      );
    },
  };
}

/** Another file took its place, or other content, or other rights. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);

    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    if (isAbsent(error)) return '';
    throw error;
  }
}

function parsed<Kept>(text: string | undefined, schema: z.ZodType<Kept>): Kept {
  try {
    return schema.parse(text === undefined ? { version: 1, tokens: [] } : JSON.parse(text));
  } catch (error) {
    throw new SecretFileRefused(
      'secret.bad-file',
      `${shownPath} holds no list of tokens; restore it, or remove it and add the tokens anew`,
      { cause: error },
    );
  }
}

function heldByAnother(message: string): SecretsUnavailable {
  return new SecretsUnavailable(message);
}
