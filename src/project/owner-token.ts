import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { statSync } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber, isAbsent } from '../files/file-failure.ts';
import { ensurePrivateFolder, ownMode, readPrivateFile, writePrivateFile } from '../files/private-file.ts';
import type { Owner } from '../ports/access/access.ts';
import { SecretFileRefused } from '../ports/access/secret-errors.ts';
import type { Clock } from '../ports/clock.ts';

const tokenBytes = 32;
const nonceBytes = 4;
const signatureBytes = 16;
const untilLength = 7;
const prefix = '3oxo_';
/** A whole header, so that `curl -H @file` sends it and no token stands in the list of processes. */
const fileName = 'owner.header';
const header = /^Authorization: Bearer (3oxo_[\w-]{43})\n?$/;
const shownPath = `.3ox/${fileName}`;
/** From a terminal to a browser. */
const codeMsMax = 60 * 60_000;
const sessionMsMax = 7 * 24 * 60 * 60_000;

/** Short, because a link has to fit into a line: what it is for, until when in seconds, a nonce, a signature. */
const passed = /^([cs]([0-9a-z]{7})[\w-]{6})([\w-]{22})$/;
const letterOf = { code: 'c', session: 's' } as const;
type Purpose = keyof typeof letterOf;

/**
 * The owner of a project: whoever can read `.3ox/owner.header`. Codes and sessions are made of the token and a time, so
 * that nothing is stored, every engine of the project knows them, and removing the file ends them all. Rejects with
 * SecretFileRefused where others may read the file.
 */
export function createOwner({
  projectDir,
  clock,
}: {
  readonly projectDir: string;
  readonly clock: Pick<Clock, 'now'>;
}): Owner {
  const token = createTokenReader(projectDir);
  /** The codes that were used here, until when they would be valid. */
  const used = new Map<string, number>();

  const makeUp = async (purpose: Purpose, msMax: number): Promise<string> => {
    const nonce = randomBytes(nonceBytes).toString('base64url');
    const until = Math.ceil((clock.now() + msMax) / 1_000).toString(36);
    const body = `${letterOf[purpose]}${until.padStart(untilLength, '0')}${nonce}`;
    return `${body}${sign(await token(), body)}`;
  };
  /** Until when the text is valid; undefined for one that is not. */
  const validUntil = async (text: string, purpose: Purpose): Promise<number | undefined> => {
    const [, body = '', until = '', signature = ''] = passed.exec(text) ?? [];
    if (!body.startsWith(letterOf[purpose]) || !isSame(signature, sign(await token(), body)))
      return undefined;
    const untilMs = Number.parseInt(until, 36) * 1_000;

    return untilMs > clock.now() ? untilMs : undefined;
  };
  const isToken = async (text: string): Promise<boolean> => isSame(text, await token());
  const redeem = async (code: string): Promise<boolean> => {
    const untilMs = await validUntil(code, 'code');
    for (const [each, ms] of used) if (ms <= clock.now()) used.delete(each);
    if (untilMs === undefined || used.has(code)) return false;
    used.set(code, untilMs);

    return true;
  };

  return {
    token,
    isToken,
    openSession: async (text) =>
      (await isToken(text)) || (await redeem(text)) ? makeUp('session', sessionMsMax) : undefined,
    isSession: async (text) => (await validUntil(text, 'session')) !== undefined,
    link: async (url) => `${url}#${await makeUp('code', codeMsMax)}`,
  };
}

/** Reads the token again when the file was changed; makes one where there is none. */
function createTokenReader(projectDir: string): () => Promise<string> {
  const path = join(projectDir, '.3ox', fileName);
  let known: { readonly stamp: string; readonly token: string } | undefined;

  return async () => {
    const stamp = stampOf(path);
    if (known !== undefined && known.stamp === stamp) return known.token;
    if (stamp === '') await make(projectDir, path);
    known = { stamp: stampOf(path), token: read(path) };

    return known.token;
  };
}

/** Of several processes that make one up at once the first counts, and nobody reads half of it. */
async function make(projectDir: string, path: string): Promise<void> {
  await ensurePrivateFolder(projectDir);
  const made = `${path}.${randomUUID()}.next`;
  try {
    const token = `${prefix}${randomBytes(tokenBytes).toString('base64url')}`;
    await writePrivateFile(made, `Authorization: Bearer ${token}\n`, await ownMode(path));
    await link(made, path);
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
  } finally {
    await rm(made, { force: true });
  }
}

function read(path: string): string {
  const [, token] = header.exec(readPrivateFile(path, shownPath, { group: true }) ?? '') ?? [];
  // Nobody is let in by an empty text.
  if (token !== undefined) return token;

  throw new SecretFileRefused(
    'secret.bad-file',
    `${shownPath} holds no token; remove it, and a new one is made`,
  );
}

function stampOf(path: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);

    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch (error) {
    if (isAbsent(error)) return '';
    throw error;
  }
}

function sign(key: string, text: string): string {
  const whole = createHmac('sha256', key).update(text).digest();

  return whole.subarray(0, signatureBytes).toString('base64url');
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];

  return first.length === second.length && timingSafeEqual(first, second);
}
