import type { Attempt } from '../../ports/work/handler.ts';

const reportEveryMs = 500;

export type ScanProgress = { readonly onFile: () => void; readonly onBytes: (bytes: number) => void };

/** Tells how far a scan is, at most twice a second: the journal is no place for every file. */
export function scanProgress(heartbeat: Attempt['heartbeat']): ScanProgress {
  let files = 0;
  let bytes = 0;
  let reportedAtMs = performance.now();

  const report = () => {
    const nowMs = performance.now();
    if (nowMs - reportedAtMs < reportEveryMs) return;
    reportedAtMs = nowMs;
    heartbeat({ message: `${files.toLocaleString('en')} files, ${(bytes / 1e6).toFixed(1)} MB` });
  };

  return {
    onFile: () => {
      files += 1;
      report();
    },
    onBytes: (more) => {
      bytes += more;
      report();
    },
  };
}
