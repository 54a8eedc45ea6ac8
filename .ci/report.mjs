// What a JSON report of vitest says, for `.ci/run`: node .ci/report.mjs count|tests|files|slowest REPORT
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const slowestShown = 12;
const [, , what = '', path = ''] = process.argv;
const report = JSON.parse(readFileSync(path, 'utf8'));
const files = report.testResults.map(({ name, status, startTime, endTime, assertionResults }) => {
  const failed = assertionResults.filter((test) => test.status === 'failed');

  return {
    name: relative('.', name),
    failed: failed.map(({ fullName }) => fullName),
    // It broke before or after its tests.
    isBroken: status === 'failed' && failed.length === 0,
    seconds: Math.round((endTime - startTime) / 1_000),
  };
});

const say = {
  /** Tests that passed, and one failure for each test that failed and each file that broke. */
  count: () => {
    const failed = report.numFailedTests + files.filter(({ isBroken }) => isBroken).length;

    return [`${report.numPassedTests} ${failed === 0 && !report.success ? 1 : failed}`];
  },
  tests: () =>
    files.flatMap(({ name, failed, isBroken }) =>
      isBroken ? [`${name}: the file broke`] : failed.map((test) => `${name}: ${test}`),
    ),
  files: () => files.flatMap(({ name, failed, isBroken }) => (isBroken || failed.length > 0 ? [name] : [])),
  slowest: () =>
    files
      .sort((one, other) => other.seconds - one.seconds)
      .slice(0, slowestShown)
      .map(({ name, seconds }) => `  ${seconds} s: ${name}`),
};
for (const line of say[what]()) process.stdout.write(`${line}\n`);
