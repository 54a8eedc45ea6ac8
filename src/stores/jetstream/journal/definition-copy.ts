import { z } from 'zod';
import { JournalUnavailable } from '../../../ports/runs/journal.ts';
import { patiently } from '../connection/retry.ts';
import { type StreamInfo, streamInfo } from '../connection/streams.ts';
import { type Bucket, type BucketEntry, createBucket } from '../kv/bucket.ts';
import {
  createDefinitionRecords,
  DEFINITION_HASH,
  DEFINITION_ID,
  DefinitionEntry,
  type DefinitionRecords,
  type DefinitionSource,
  textBody,
  textRecord,
  versionBody,
  versionRecord,
} from './definition-records.ts';
import { readMessage } from './journal-read.ts';

/** What 0.1.0 kept under `hash.<hash>`; under `version.<id>.<version>` it kept the hash. */
const OldValue = DefinitionEntry.extend({ text: z.string() });

/**
 * Copies the definitions of the bucket that 0.1.0 kept them in into the journal, unless that was done since it changed
 * last. What is in the journal already stays; the bucket is left as it is. True where there was something to copy.
 */
export async function copyOldBucket(source: DefinitionSource): Promise<boolean> {
  const { link, names } = source;
  const info = link.mayLead
    ? await patiently(link, () => streamInfo(link, `KV_${names.definitionsBucket}`))
    : undefined;
  if (info === undefined) return false;
  const records = createDefinitionRecords(source);
  const mark = JSON.stringify({ created: info.created ?? '', messages: info.state.last_seq });
  const before = await records.stream.last(names.copiedSubject);
  if (before?.body === mark) return false;

  await copyAll(source, records, bucketOf(source, info));
  await records.stream.store({ subject: names.copiedSubject, body: mark });
  return true;
}

function bucketOf({ link, names }: DefinitionSource, { config }: StreamInfo): Bucket {
  return createBucket({
    ...{ link, replicas: config.num_replicas ?? 1, bucket: names.definitionsBucket },
    giveUp: (reason, cause) =>
      new JournalUnavailable(
        `the definitions of an earlier version cannot be copied: ${reason}; run \`workflow doctor\``,
        { cause },
      ),
  });
}

async function copyAll(source: DefinitionSource, records: DefinitionRecords, bucket: Bucket): Promise<void> {
  for await (const entry of bucket.entries('hash.*')) {
    if (!(await copyText(source, records, entry)))
      source.link.tell(`what is stored under ${entry.subject} is no definition, and is not copied`);
  }
  for await (const entry of bucket.entries('version.*.*')) {
    if (!(await copyVersion(source, records, entry)))
      source.link.tell(`what is stored under ${entry.subject} is no version, and is not copied`);
  }
}

async function copyText(
  { names }: DefinitionSource,
  records: DefinitionRecords,
  { body }: BucketEntry,
): Promise<boolean> {
  const value = readMessage(OldValue, body);
  if (value === undefined || !DEFINITION_HASH.test(value.ref.hash)) return false;
  await records.put(textRecord(names, value.ref.hash), textBody(value));

  return true;
}

/** A version keeps its number also where its text is lost. */
async function copyVersion(
  { names }: DefinitionSource,
  records: DefinitionRecords,
  { key, body }: BucketEntry,
): Promise<boolean> {
  const [, id = '', version] = key.split('.');
  const ref = { id, version: Number(version), hash: body };
  if (!DEFINITION_ID.test(id) || !DEFINITION_HASH.test(body) || !(ref.version > 0)) return false;
  const { value } = await records.first(textRecord(names, body));
  await records.put(versionRecord(names, id, ref.version), versionBody({ file: '', ...value, ref }));

  return true;
}
