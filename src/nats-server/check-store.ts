import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { firstLineOf, NatsServerError } from './server-error.ts';

/** Makes the folder if need be; throws when the server could not store there. */
export async function assertWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const message = `the server cannot store in ${folder} (${firstLineOf(error)}); check its owner and permissions`;
    throw new NatsServerError('nats.store-not-writable', message, error);
  }
}

/** A server on a full disk starts, says it is ready, and then lets every publish time out: so we look first. */
export async function assertFreeSpace(folder: string, bytesMin: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytesMin) return;

  throw new NatsServerError(
    'nats.disk-full',
    `the disk of ${folder} has ${megabytes(free)} free and the server needs ${megabytes(bytesMin)}; make room`,
  );
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / (1024 * 1024))} MB`;
}
