import type { RememberedRequest } from '../../../machines/chart/run/run-state.ts';
import type { Refusal } from '../../../machines/run/decide/command.ts';

type Refused = { readonly ok: false; readonly refusal: Refusal };

/** The answer that the same request got before. */
export function asBefore({
  sequence,
  refusal,
}: RememberedRequest): { readonly ok: true; readonly sequence: number } | Refused {
  return refusal === undefined ? { ok: true, sequence } : { ok: false, refusal };
}

/** The run was released. The caller asks again, and finds its new owner. */
export const movedOn: Refused = {
  ok: false,
  refusal: { code: 'run.moved', message: 'this engine no longer works on the run; ask again' },
};

export const refusedAsTooLarge: Refused = {
  ok: false,
  refusal: {
    code: 'command.too-large',
    message: 'the command is larger than one record of the journal may be',
  },
};
