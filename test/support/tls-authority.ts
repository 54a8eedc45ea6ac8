// An authority of the test's own, and a certificate for 127.0.0.1 that it has signed, as files in PEM. Made by openssl.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export async function authority() {
  const cwd = await mkdtemp(join(tmpdir(), 'workflow-tls-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const openssl = (line: string) => execFileSync('openssl', line.split(' '), { cwd, stdio: 'pipe' });
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority`);
  openssl(
    `req -x509 ${key} -keyout station.key -out station.pem -days 2 -subj /CN=station -CA ca.pem -CAkey ca.key -addext subjectAltName=IP:127.0.0.1`,
  );

  return { ca: join(cwd, 'ca.pem'), cert: join(cwd, 'station.pem'), key: join(cwd, 'station.key') };
}
