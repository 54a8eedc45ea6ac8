import { CliFailure } from '../cli-failure.ts';

/** The options of `workflow check` as they are typed. */
export type CheckFlags = {
  readonly deep?: boolean;
  readonly counterexamples?: string;
  readonly scenesMax?: string;
};

/** What is asked of a deep check: how far to look, and where counter-examples go. */
type AskedDeep = { readonly scenesMax: number; readonly folder: string | undefined };

/** Undefined where no deep check is asked for. Throws CliFailure. */
export function askedDeep({
  deep,
  counterexamples: folder,
  scenesMax = '20000',
}: CheckFlags): AskedDeep | undefined {
  if (deep !== true) {
    if (folder === undefined) return undefined;
    throw new CliFailure(
      'usage.counterexamples',
      '--counterexamples needs --deep, which finds them',
      'add --deep',
    );
  }
  const scenes = Number(scenesMax);
  if (!Number.isSafeInteger(scenes) || scenes < 1) {
    throw new CliFailure('usage.scenes-max', `--scenes-max ${scenesMax} is no whole number from 1 on`);
  }

  return { scenesMax: scenes, folder };
}
