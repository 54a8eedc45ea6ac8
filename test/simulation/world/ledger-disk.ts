import type { LedgerFile } from '../../../src/ports/runs/ledger.ts';
import type { Link } from './link.ts';

/** The file of a ledger on a disk that outlives every process: what was written is there. */
export type LedgerDisk = {
  readonly lines: () => readonly string[];
  /** The file as a process reaches it: it may end before or after each thing that it does there. */
  readonly of: (link: Pick<Link, 'act'>) => LedgerFile;
};

export function createLedgerDisk(): LedgerDisk {
  let lines: string[] = [];
  let writes = 0;
  const version = () => String(writes);

  return {
    lines: () => lines,
    of: ({ act }) => {
      const done = async <T>(what: string, effect: () => T): Promise<T> => {
        const outcome: T[] = [];
        await act(`${what} the ledger`, () => void outcome.push(effect()));
        return outcome[0] as T;
      };

      return {
        read: () => done('read', () => [...lines]),
        append: (added) =>
          done('append to', () => {
            const before = version();
            lines.push(...added);
            writes += 1;

            return { before, after: version(), bytes: Buffer.byteLength(lines.join('\n')) };
          }),
        rewrite: (written) =>
          done('rewrite', () => {
            lines = [...written];
            writes += 1;
          }),
        version: () => done('look at', version),
      };
    },
  };
}
