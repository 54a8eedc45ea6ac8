import type { Json } from '../../events/canonical-json.ts';
import { filesScan } from '../../src/actions/files-scan.ts';
import { testAttempt } from '../support/attempt.ts';

export type ScanResult = {
  readonly file_list: Json;
  readonly manifest: Json;
  readonly total_files: number;
  readonly scan_timestamp: string;
  readonly links: Json;
  readonly special: Json;
  readonly unreadable: Json;
};

/** What files.scan answers for an input. */
export async function scan(projectDir: string, input: Json): Promise<ScanResult> {
  return (await filesScan(testAttempt({ projectDir, input }))) as unknown as ScanResult;
}
