// Runs in a thread whose heap a test has limited: scans a folder, validates the list, and posts both results.
import { parentPort, workerData } from 'node:worker_threads';
import { filesScan } from '../../src/actions/files-scan.ts';
import { complianceValidate } from '../../src/actions/registry.ts';
import { testAttempt } from '../support/attempt.ts';

const { projectDir, folder, rules } = workerData;
const scan = (await filesScan(testAttempt({ projectDir, input: { folder } }))) as {
  readonly file_list: never;
};
const input = { file_list: scan.file_list, rules };
const validation = await complianceValidate(testAttempt({ projectDir, input }));
parentPort?.postMessage({ scan, validation });
