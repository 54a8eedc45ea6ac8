import { CliFailure } from '../cli-failure.ts';

/** The options of `workflow check` as they are typed. */
export type CheckFlags = {
  readonly deep?: boolean;
  readonly counterexamples?: string;
  readonly scenesMax?: string;
};

/** What is asked of a deep check: how far to look, and where counter-examples go. */
type AskedDeep = { readonly scenesMax: number; readonly folder: string | undefined };

const scenesMaxDefault = '20000';

/** Undefined where no deep check is asked for. Throws CliFailure. */
export function askedDeep({ deep, counterexamples: folder, scenesMax }: CheckFlags): AskedDeep | undefined {
  if (deep !== true) {
    refuseAlone('counterexamples', folder, 'which finds them');
    refuseAlone('scenes-max', scenesMax, 'which it bounds');
    return undefined;
  }
  const typed = scenesMax ?? scenesMaxDefault;
  if (!/^[1-9]\d*$/.test(typed) || !Number.isSafeInteger(Number(typed))) {
    throw new CliFailure(
      'usage.scenes-max',
      `--scenes-max ${typed} is no whole number from 1 on`,
      `leave it out for ${scenesMaxDefault}`,
    );
  }

  return { scenesMax: Number(typed), folder };
}

function refuseAlone(option: string, value: string | undefined, why: string): void {
  if (value === undefined) return;
  throw new CliFailure(`usage.${option}`, `--${option} needs --deep, ${why}`, 'add --deep');
}
