// Erasing over HTTP: who may, what is answered, and what a certificate is worth. Method: the routes over a real engine
// with a journal and keys in memory.
import { expect, test } from 'vitest';
import { authorityOf } from '../../../machines/agents/authority.ts';
import {
  checkCertificate,
  type ErasureCertificate,
  readCertificate,
} from '../../../machines/audit/erasure-certificate.ts';
import { createSigningKeys } from '../../../src/keys/project-keys.ts';
import { isSigned } from '../../../src/keys/public-key-file.ts';
import { openRoutes } from '../../http/routes-world.ts';
import { definitionText } from '../../support/definition-text.ts';

const welcome = definitionText(`
  - { id: greet, type: TRANSFORM, output: { text: "Hello \${workflow.input.name}" } }
`)
  .replace('id: under-test', 'id: welcome')
  .replace(
    '  version: 1\n',
    '  version: 1\n  erasure_key: "customer:${workflow.input.customer}"\n  input: {properties: {customer: {type: integer}, name: {type: string, pii: true}}, required: [customer, name]}\n',
  );
const authority = authorityOf([
  { name: 'zoe', level: 'L0' },
  { name: 'ana', level: 'L1' },
]);

async function opened() {
  const world = await openRoutes({ 'definitions/welcome.yaml': welcome }, undefined, { authority });
  const input = { customer: 42, name: 'Ada Planted' };
  const { run } = (await world.post('/runs', { definition: 'welcome', input }, 'zoe')).body as {
    run: string;
  };
  const status = async () => ((await world.get(`/runs/${run}`, 'zoe')).body as { status: string }).status;
  await expect.poll(status).toBe('COMPLETED');

  return { ...world, run };
}

test('only the highest level erases, and what was erased is listed and certified', async () => {
  const { get, post, run, dir } = await opened();
  expect(await post('/erasures', { subject: 'customer:42' }, 'ana')).toMatchObject({
    status: 403,
    body: { code: 'authority.level' },
  });
  const { status, body } = await post('/erasures', { subject: 'customer:42' }, 'zoe');
  const certificate = body as ErasureCertificate;
  expect([status, certificate]).toMatchObject([
    200,
    { subject: 'customer:42', runs: 1, values: 2, keys: [{ by: 'zoe', runs: [{ run, values: 2 }] }] },
  ]);
  expect((await get('/erasures', 'zoe')).body).toEqual({ items: certificate.keys });

  // Asked again, it says the same: it was done then.
  const again = (await post('/erasures', { subject: 'customer:42' }, 'zoe')).body as ErasureCertificate;
  expect(again.keys).toEqual(certificate.keys);
  const keys = await createSigningKeys(dir).list();
  expect(checkCertificate(certificate, keys, isSigned)).toBeUndefined();
  expect(readCertificate(JSON.stringify(certificate))).toEqual(certificate);
  expect(checkCertificate({ ...certificate, values: 3 }, keys, isSigned)?.code).toBe('audit.signature');
  const { signature: _none, ...unsigned } = certificate;
  expect(checkCertificate(unsigned, keys, isSigned)?.code).toBe('audit.unsigned');
});

test('a subject that nothing was sealed for is not found', async () => {
  const { post } = await opened();

  expect(await post('/erasures', { subject: 'customer:43' }, 'zoe')).toMatchObject({
    status: 404,
    body: { code: 'erasure.unknown-subject' },
  });
});
