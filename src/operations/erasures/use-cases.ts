import { z } from 'zod';
import type { erasureOperations } from '../../api/operations/server.ts';
import {
  ErasureCertificateDocument,
  ErasureItems,
  ErasureRequest,
  KeyRotation,
  RotatedMasterKeys,
} from '../../api/run-requests.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

export const erasureUseCases = {
  list: useCase(z.object({}), ErasureItems, async ({ erasures }) => ({
    items: (await erasures.list()).map((each) => ({ ...each, runs: [...each.runs] })),
  })),
  rotate: useCase(KeyRotation, RotatedMasterKeys, async ({ authority, erasures }, asked, caller) => {
    refuseUnlessAllowed(authority, caller, { kind: 'erase' });
    const { retired, ...rotated } = await erasures.rotate(asked);

    return { ...rotated, retired: [...retired] };
  }),
  erase: useCase(
    ErasureRequest,
    ErasureCertificateDocument,
    async ({ authority, erasures }, { subject, terminateLive }, caller) => {
      refuseUnlessAllowed(authority, caller, { kind: 'erase' });
      const outcome = await erasures.erase({ subject, terminateLive, by: caller.actor });
      if (!outcome.ok) throw new RequestRefused(outcome.refusal);

      return outcome.certificate;
    },
  ),
} satisfies UseCasesOf<typeof erasureOperations>;
