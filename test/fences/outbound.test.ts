// Pins down that the page of outbound events says what the schemas say.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outboundPage } from './outbound-page.ts';
import { root } from './repository-files.ts';

test('docs/outbound-events.md is what the schemas of outbound events say', async () => {
  await expect(outboundPage()).toMatchFileSnapshot(join(root, 'docs/outbound-events.md'));
});
