import { canonicalJson, type Json } from '../../../events/canonical-json.ts';
import {
  type ArchiveManifest,
  type ArchiveRow,
  archiveFormat,
  checkSegment,
  createMerkleRoot,
  headKept,
  manifestDigest,
  messagesText,
} from '../../../machines/audit/archive-segment.ts';
import type { IsSigned } from '../../../machines/audit/public-key.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { parseStored } from '../../../machines/run/record/stored-record.ts';
import type { SigningKeys } from '../../ports/access/signing-keys.ts';
import {
  ArchiveBroken,
  type ArchivedMessage,
  type ArchivedRun,
  type ArchiveSegment,
  type RunArchive,
} from '../../ports/runs/archive.ts';

type Kept = {
  readonly run: ArchivedRun;
  readonly row: ArchiveRow;
  readonly messages: readonly ArchivedMessage[];
};
type Segment = { readonly name: string; readonly manifest: ArchiveManifest; readonly runs: readonly Kept[] };

/** An archive in memory, for simulation tests. */
export function createMemoryRunArchive({
  keys,
  isSigned,
}: {
  readonly keys: Pick<SigningKeys, 'current' | 'sign'>;
  readonly isSigned: IsSigned;
}): RunArchive {
  const segments: Segment[] = [];
  const find = (run: string) =>
    segments.flatMap(({ runs }) => runs.find((each) => each.run.run === run) ?? [])[0];

  return {
    put: async (about, runs) => {
      const kept: Kept[] = [];
      for await (const run of runs) kept.push(keptOf(run));
      const manifest = await signed(about, kept, keys);
      const segment = { name: `segment-${segments.length + 1}`, manifest, runs: kept };
      segments.unshift(segment);

      return aboutSegment(segment);
    },
    find: async (run) => find(run)?.run,
    read: async function* (run) {
      for (const message of find(run)?.messages ?? []) yield parseStored({ run, ...message });
    },
    all: async function* () {
      for (const { runs } of segments) for (const { run } of runs) yield run;
    },
    names: async () => segments.map(({ name }) => name),
    segments: async (names) => segments.filter(({ name }) => names?.includes(name) ?? true).map(aboutSegment),
    verify: async function* (name, publicKeys) {
      const segment = segments.find((each) => each.name === name);
      if (segment === undefined) throw new ArchiveBroken(`there is no segment ${name}`);
      const check = checkSegment(segment.manifest, publicKeys, isSigned);
      const found = segment.runs.flatMap(({ row, messages }) => check.row(textOf(row), row, messages));
      for (const problem of [...found, ...check.end()]) yield { segment: name, ...problem };
    },
  };
}

function keptOf({ messages, ...run }: ArchivedRun & { readonly messages: readonly ArchivedMessage[] }): Kept {
  const told = run.kept === 'whole' ? messages : [];
  const kept = { ...run, head: headKept(run.head, run.kept) };
  const digest = sha256Hex(messagesText(told));

  return { run: kept, row: { ...kept, messages: told.length, digest, at: [0, 0] }, messages: told };
}

function textOf(row: ArchiveRow): string {
  return canonicalJson(row as unknown as Json);
}

async function signed(
  about: Parameters<RunArchive['put']>[0],
  runs: readonly Kept[],
  keys: Pick<SigningKeys, 'current' | 'sign'>,
): Promise<ArchiveManifest> {
  const tree = createMerkleRoot();
  for (const { row } of runs) tree.add(textOf(row));
  const messages = runs.reduce((sum, run) => sum + run.messages.length, 0);
  const counts = { runs: runs.length, messages, bytes: 0, root: tree.root(), files: {} };
  const manifest = { format: archiveFormat, ...about, ...counts } as const;
  const { key } = await keys.current(about.at);
  const by = { key, signedAt: about.at };
  const value = await keys.sign(key, manifestDigest(manifest, by));

  return { ...manifest, signature: { ...by, algorithm: 'ed25519', value } };
}

function aboutSegment({ name, manifest }: Segment): ArchiveSegment {
  const { format: _format, files: _files, signature, ...about } = manifest;

  return { name, ...about, key: signature.key };
}
