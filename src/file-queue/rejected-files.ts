import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber, isAbsent } from '../files/file-failure.ts';
import { unlinkIfThere } from './rename-file.ts';

/** The folder in an outbox for what was not taken. */
export const rejectedFolder = 'rejected';

/** A name of 255 bytes has no room for what is appended. */
const nameBytesMax = 200;
const namesMax = 1_000;
const reasonSuffix = '.reason.txt';

export type SetAside = (file: {
  /** Where the outbox is, and the folder in it for what was not taken. */
  readonly at: string;
  readonly rejectedAt: string;
  /** What the file is called now, and what it was called by its writer. */
  readonly from: string;
  readonly name: string;
  readonly reason: string;
}) => Promise<void>;

/**
 * Keeps files that were not taken as `<name>.<n>`, each with its reason beside it. The reason is written first and
 * only to a new file: it reserves the number, whoever else sets something aside, and no crash loses the file itself.
 */
export function createSetAside(): SetAside {
  const lastNumbers = new Map<string, number>();

  return async ({ at, rejectedAt, from, name, reason }) => {
    const kept = shortened(name);
    for (let number = (lastNumbers.get(kept) ?? 0) + 1; ; number += 1) {
      if (!(await writeNew(join(rejectedAt, `${kept}.${number}${reasonSuffix}`), `${reason}\n`))) continue;
      await move(join(at, from), join(rejectedAt, `${kept}.${number}`));
      if (lastNumbers.size >= namesMax) lastNumbers.clear();
      lastNumbers.set(kept, number);
      return;
    }
  };
}

/** Another engine may have set the file aside in the meantime: then its number is given back. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    await unlinkIfThere(`${to}${reasonSuffix}`);
    if (!isAbsent(error)) throw error;
  }
}

async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
    await handle.writeFile(text).finally(() => handle.close());
    return true;
  } catch (error) {
    if (errorNumber(error) === 'EEXIST') return false;
    throw error;
  }
}

function shortened(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= nameBytesMax) return name;
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);

  return `${bytes
    .subarray(0, nameBytesMax - 20)
    .toString('utf8')
    .replaceAll('\uFFFD', '')}~${digest}`;
}
