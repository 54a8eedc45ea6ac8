import { CliFailure } from '../cli-failure.ts';

/** The options of `workflow test` as they are typed. */
export type TestFlags = {
  readonly minCoverage?: string;
  readonly scenesMax: string;
  readonly verbose?: boolean;
  readonly junit?: string;
  readonly emit?: readonly string[];
  readonly writeScenarios?: string;
  readonly githubAnnotations?: boolean;
};

/** What is asked of `workflow test`. */
export type TestCall = {
  /** In percent of the transitions that can happen. */
  readonly coverageMin: number;
  readonly scenesMax: number;
  readonly verbose: boolean;
  readonly junit: string | undefined;
  readonly scenariosFile: string | undefined;
  /** Where the tests are written to: a file, `stdout`, or nowhere. */
  readonly emit: string | undefined;
  /** Definitions that were named behind `--emit vitest <file>`. */
  readonly names: readonly string[];
};

/** Throws CliFailure. */
export function readFlags(flags: TestFlags): TestCall {
  const { minCoverage = '0', scenesMax, verbose = false, junit, writeScenarios } = flags;
  const percent = Number(minCoverage);
  if (!(percent >= 0 && percent <= 100)) {
    throw new CliFailure('usage.min-coverage', `--min-coverage ${minCoverage} is no number from 0 to 100`);
  }
  const scenes = Number(scenesMax);
  if (!Number.isSafeInteger(scenes) || scenes < 1) {
    throw new CliFailure('usage.scenes-max', `--scenes-max ${scenesMax} is no whole number from 1 on`);
  }

  return {
    coverageMin: percent,
    scenesMax: scenes,
    verbose,
    junit,
    scenariosFile: writeScenarios,
    ...readEmit(flags.emit),
  };
}

/** What follows is the file only where it can be one: no definition is ever written over. */
function readEmit(emit: TestFlags['emit']): Pick<TestCall, 'emit' | 'names'> {
  if (emit === undefined) return { emit: undefined, names: [] };
  const [form = '', ...rest] = emit;
  if (form !== 'vitest') {
    throw new CliFailure('usage.emit', `--emit ${form}: tests are written for vitest only`, '--emit vitest');
  }
  const [file, ...names] = rest;

  return file !== undefined && /\.[cm]?[jt]s$/.test(file)
    ? { emit: file, names }
    : { emit: 'stdout', names: rest };
}
