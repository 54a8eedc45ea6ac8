import { z } from 'zod';
import { canonicalJson } from '../../events/canonical-json.ts';
import { Head } from '../../events/record.ts';
import { sha256Hex } from '../hash.ts';
import { checkRecords } from './check-records.ts';
import { auditFormat, ExportSignature, type RunExport } from './export-format.ts';
import { checkSigned, type IsSigned, type PublicKey } from './public-key.ts';

export const archiveFormat = '3ox-archive/1';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected a SHA-256 in lower-case hex' });

/** What one segment of the archive says of itself, and who vouches for it. `root` is the Merkle root of its rows. */
export const ArchiveManifest = z.strictObject({
  format: z.literal(archiveFormat),
  at: z.iso.datetime({ precision: 3 }),
  by: z.string(),
  generation: z.int().nonnegative(),
  runs: z.int().nonnegative(),
  messages: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  root: Sha256,
  /** The digest of each of its other files. */
  files: z.record(z.string(), Sha256),
  signature: ExportSignature,
});
export type ArchiveManifest = Readonly<z.output<typeof ArchiveManifest>>;

/** One run of a segment. `digest` is the SHA-256 of its messages as they are written; `at` where these stand. */
export const ArchiveRow = z.strictObject({
  run: z.string(),
  sequence: z.int().nonnegative(),
  position: z.int().nonnegative(),
  hash: z.string(),
  head: Head,
  updatedAt: z.string(),
  kept: z.enum(['whole', 'head', 'nothing']),
  policy: z.string(),
  messages: z.int().nonnegative(),
  digest: Sha256,
  at: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).readonly(),
});
export type ArchiveRow = Readonly<z.output<typeof ArchiveRow>>;

/** What is signed, as a SHA-256 in lower-case hex: all of the manifest, and by which key and when. */
export function manifestDigest(
  manifest: Omit<ArchiveManifest, 'signature'>,
  { key, signedAt }: Pick<ExportSignature, 'key' | 'signedAt'>,
): string {
  return sha256Hex(canonicalJson({ ...manifest, key, signedAt }));
}

/** Of a run of which nothing is kept: which definition it ran, how it ended and when, and nothing that it held. */
export function headKept(head: Head, kept: ArchiveRow['kept']): Head {
  if (kept !== 'nothing') return head;
  const { definition, status, startedAt, endedAt, settled, tasks } = head;

  return {
    ...{ definition, status, startedAt, settled, tasks, active: [] },
    ...(endedAt === undefined ? {} : { endedAt }),
  };
}

type Message = { readonly position: number; readonly body: string };

/** The messages of a run as a segment holds them: one line each, `[position,"body"]`. */
export function messagesText(messages: readonly Message[]): string {
  return messages.map(({ position, body }) => `${JSON.stringify([position, body])}\n`).join('');
}

const MessageLine = z.tuple([z.int().positive(), z.string()]);

/** Throws on a line that no segment holds. */
export function messageOfLine(line: string): Message {
  const [position, body] = MessageLine.parse(JSON.parse(line));

  return { position, body };
}

/**
 * The Merkle root of texts that come one after another, as RFC 6962 shapes the tree: what is in memory is one hash for
 * each level. A leaf is the SHA-256 of NUL and the text, a node that of U+0001 and its two hashes in hex.
 */
export function createMerkleRoot(): { readonly add: (text: string) => void; readonly root: () => string } {
  const levels: (string | undefined)[] = [];
  const node = (left: string, right: string) => sha256Hex(`\u0001${left}${right}`);

  return {
    add: (text) => {
      let hash = sha256Hex(`\u0000${text}`);
      let level = 0;
      for (let left = levels[level]; left !== undefined; left = levels[level]) {
        hash = node(left, hash);
        levels[level] = undefined;
        level += 1;
      }
      levels[level] = hash;
    },
    root: () => {
      const [lowest = sha256Hex(''), ...higher] = levels.flatMap((hash) => hash ?? []);
      return higher.reduce((right, left) => node(left, right), lowest);
    },
  };
}

/** What is wrong with a segment: with one run of it, where that is named. */
export type SegmentProblem = { readonly run?: string; readonly code: string; readonly message: string };

/** Checks a segment row by row, in the order in which they were written; `end` comes last. */
export type SegmentCheck = {
  readonly row: (text: string, row: ArchiveRow, messages: readonly Message[]) => readonly SegmentProblem[];
  readonly end: () => readonly SegmentProblem[];
};

export function checkSegment(
  { signature, ...manifest }: ArchiveManifest,
  keys: readonly PublicKey[],
  isSigned: IsSigned,
): SegmentCheck {
  const tree = createMerkleRoot();
  const found = { runs: 0, messages: 0 };

  return {
    row: (text, row, messages) => {
      tree.add(text);
      found.runs += 1;
      found.messages += messages.length;

      return rowProblems(row, messages);
    },
    end: () => {
      const digest = manifestDigest(manifest, signature);
      const unsigned = checkSigned({ what: 'the segment', signature, digest }, keys, isSigned);
      const counted = `${found.runs} runs with ${found.messages} messages`;
      const isWhole =
        tree.root() === manifest.root && found.runs === manifest.runs && found.messages === manifest.messages;
      const message = `its rows are not those that were written: ${counted} were read, and their root is not ${manifest.root}`;

      return [
        ...(unsigned === undefined ? [] : [unsigned]),
        ...(isWhole ? [] : [{ code: 'archive.root', message }]),
      ];
    },
  };
}

function rowProblems(row: ArchiveRow, messages: readonly Message[]): readonly SegmentProblem[] {
  const { run, sequence, hash } = row;
  if (sha256Hex(messagesText(messages)) !== row.digest || messages.length !== row.messages) {
    const message = `the messages of run ${run} are not those that were written`;
    return [{ run, code: 'archive.messages', message }];
  }
  if (row.kept !== 'whole') return [];
  const records = messages.map(({ body }) => body);
  const head = { sequence, hash };
  const exported: RunExport = { format: auditFormat, run, exportedAt: '', head, definitions: [], records };

  return checkRecords(exported).problems.map(({ code, message }) => ({ run, code, message }));
}
