import { z } from 'zod';
import { sha256Hex } from '../../../../machines/hash.ts';
import { BlobDamaged, type BlobStore, BlobUnavailable } from '../../../ports/runs/blob-store.ts';
import { createLazyStream, type LazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import type { StreamSettings } from '../connection/streams.ts';

type Source = { readonly link: Link; readonly names: Names; readonly replicas: number };
type Store = { readonly stream: LazyStream; readonly bucket: string };

/** What of an object's description is needed to read it. */
const Meta = z.object({ nuid: z.string(), size: z.int().nonnegative(), chunks: z.int().nonnegative() });
const DIGEST = /^[0-9a-f]{64}$/;
/** Part of what is stored: a blob that was left half written is gone on with chunk by chunk. */
const CHUNK_BYTES = 128 * 1024;

/**
 * Blobs as objects of a JetStream object store, under their digest; the `nats` command and every client can read them.
 * Written and read message by message, because the client library removes the chunks of an object when only the answer
 * to its last message was lost, and reads through a consumer that on a cluster may be behind: an object would be called
 * damaged, or be waited for without end.
 */
export function createJetStreamBlobStore({ link, names, replicas }: Source): BlobStore {
  const bucket = names.blobsBucket;
  const stream = createLazyStream({
    link,
    settings: blobsSettings(bucket, replicas),
    giveUp: (reason, cause) =>
      new BlobUnavailable(`the blob store does not answer: ${reason}; run \`workflow doctor\``, { cause }),
  });
  const store = { stream, bucket };

  return {
    put: (blob) => put(store, blob),
    get: (digest) => get(store, digest),
  };
}

/** Blobs are written once, as the journal that refers to them is. */
function blobsSettings(bucket: string, replicas: number): StreamSettings {
  return {
    name: `OBJ_${bucket}`,
    subjects: [`$O.${bucket}.C.>`, `$O.${bucket}.M.>`],
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    max_age: 0,
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
    allow_direct: false,
    num_replicas: replicas,
  };
}

/** First all chunks, then the description that makes them an object: a blob that is found is whole. */
async function put(store: Store, blob: { readonly digest: string; readonly text: string }): Promise<void> {
  const { digest, text } = blob;
  if (sha256Hex(text) !== digest) throw new BlobDamaged(digest, 'it is not the digest of the text');
  if ((await store.stream.last(metaSubject(store, digest))) !== undefined) return;

  const content = Buffer.from(text);
  let position = 0;
  let chunks = 0;
  for (const chunk of chunksOf(content)) {
    position = await storeChunk(store, { digest, chunk, after: position });
    chunks += 1;
  }
  const meta = metaText(store, { digest, size: content.length, chunks });
  // Not stored: another writer of the same blob was first.
  await store.stream.store({ subject: metaSubject(store, digest), body: meta, after: 0 });
}

/** The same blob has the same chunks on the same subject, so that writers, and retries, go on where others stopped. */
async function storeChunk(
  { stream, bucket }: Store,
  { digest, chunk, after }: { readonly digest: string; readonly chunk: Buffer; readonly after: number },
): Promise<number> {
  const subject = chunkSubject(bucket, digest);
  const position = await stream.store({ subject, body: chunk, after });
  if (position !== undefined) return position;

  const there = await stream.next(subject, after);
  if (there?.body === chunk.toString()) return there.seq;

  throw new BlobDamaged(digest, 'a chunk with other content stands where one of its own should');
}

async function get(store: Store, digest: string): Promise<string | undefined> {
  if (!DIGEST.test(digest)) return undefined;
  const description = await store.stream.last(metaSubject(store, digest));
  if (description === undefined) return undefined;
  const meta = readMeta(description.body);
  if (meta === undefined) throw new BlobDamaged(digest, 'its description cannot be read');

  const subject = chunkSubject(store.bucket, meta.nuid);
  let text = '';
  let position = 0;
  for (let chunk = 1; chunk <= meta.chunks; chunk++) {
    const found = await store.stream.next(subject, position);
    if (found === undefined) throw new BlobDamaged(digest, `chunk ${chunk} of ${meta.chunks} is missing`);
    text += found.body;
    position = found.seq;
  }
  if (sha256Hex(text) !== digest) throw new BlobDamaged(digest, 'what is stored has another digest');

  return text;
}

function readMeta(body: string): z.output<typeof Meta> | undefined {
  try {
    const meta = Meta.safeParse(JSON.parse(body));

    return meta.data !== undefined && /^[A-Za-z0-9]+$/.test(meta.data.nuid) ? meta.data : undefined;
  } catch {
    // What is no JSON is as unreadable as JSON of another shape, and the caller says so.
    return undefined;
  }
}

/** The description as the specification of object stores (ADR-20 of NATS) has it. */
function metaText(
  { bucket }: Store,
  { digest, size, chunks }: { readonly digest: string; readonly size: number; readonly chunks: number },
): string {
  const sha256 = Buffer.from(digest, 'hex').toString('base64').replaceAll('+', '-').replaceAll('/', '_');

  return JSON.stringify({
    name: digest,
    bucket,
    nuid: digest,
    size,
    mtime: new Date().toISOString(),
    chunks,
    digest: `SHA-256=${sha256}`,
    options: { max_chunk_size: CHUNK_BYTES },
  });
}

/** Pieces that end between characters, so that each is text by itself. */
function* chunksOf(content: Buffer): Generator<Buffer, void, undefined> {
  for (let from = 0; from < content.length; ) {
    let to = Math.min(from + CHUNK_BYTES, content.length);
    while (to < content.length && ((content[to] ?? 0) & 0xc0) === 0x80) to -= 1;
    yield content.subarray(from, to);
    from = to;
  }
}

function metaSubject({ bucket }: Store, digest: string): string {
  return `$O.${bucket}.M.${Buffer.from(digest).toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`;
}

function chunkSubject(bucket: string, nuid: string): string {
  return `$O.${bucket}.C.${nuid}`;
}
