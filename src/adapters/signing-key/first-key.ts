import { randomUUID } from 'node:crypto';
import { link, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorNumber, isAbsent } from '../../files/file-failure.ts';
import { writePrivateFile } from '../../files/private-file.ts';

/** Holds the private half of the first key, and from when it counts, until the files of that key are there. */
const claimName = 'first.claim';

/** A key that is not there yet. `from` is ISO 8601 in UTC. */
type FirstKey = { readonly privatePem: string; readonly from: string };

/** The first key of a project: the one offered, or that of whoever was first; undefined where that is done already. */
export async function claimFirst(folder: string, offered: FirstKey): Promise<FirstKey | undefined> {
  await placePrivate(folder, claimName, JSON.stringify(offered));
  try {
    return JSON.parse(await readFile(join(folder, claimName), 'utf8')) as FirstKey;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Ends what `claimFirst` began. */
export async function endClaim(folder: string): Promise<void> {
  await unlink(join(folder, claimName)).catch((error: unknown) => {
    if (!isAbsent(error)) throw error;
  });
}

/** A file that only its owner may read, there as a whole or not at all. One that is there stays as it is. */
export async function placePrivate(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, `.key-${randomUUID()}.part`);
  await writePrivateFile(temporary, text);
  try {
    await link(temporary, join(folder, name));
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
}
