import { z } from 'zod';
import type { erasureOperations } from '../../api/operations/server.ts';
import {
  ErasureCertificateDocument,
  ErasureItems,
  ErasureRequest,
  KeyRotation,
  RotatedMasterKeys,
} from '../../api/run-requests.ts';
import type { Caller } from '../../ports/access/authority.ts';
import { refuseUnlessAllowed } from '../authorize.ts';
import { type OperationPorts, RequestRefused, type UseCasesOf, useCase } from '../use-case.ts';

export const erasureUseCases = {
  list: useCase(z.object({}), ErasureItems, async ({ erasures }) => ({
    items: (await erasures.list()).map((each) => ({ ...each, runs: [...each.runs] })),
  })),
  rotate: useCase(KeyRotation, RotatedMasterKeys, async (ports, asked, caller) => {
    refuseUnlessTheirs(ports, caller);
    const { retired, ...rotated } = await ports.erasures.rotate(asked);

    return { ...rotated, retired: [...retired] };
  }),
  erase: useCase(
    ErasureRequest,
    ErasureCertificateDocument,
    async (ports, { subject, terminateLive }, caller) => {
      refuseUnlessTheirs(ports, caller);
      const outcome = await ports.erasures.erase({ subject, terminateLive, by: caller.actor });
      if (!outcome.ok) throw new RequestRefused(outcome.refusal);

      return outcome.certificate;
    },
  ),
} satisfies UseCasesOf<typeof erasureOperations>;

function refuseUnlessTheirs(
  { erasures, authority = erasures.authority }: Pick<OperationPorts, 'authority' | 'erasures'>,
  caller: Caller,
): void {
  refuseUnlessAllowed(authority, caller, { kind: 'erase' });
}
