import { useEffect, useRef, useState } from 'react';
import type { BulkReport } from '../../../api/commands.ts';
import { askMany, type BulkKind, type BulkTarget, targetRuns } from './bulk.ts';

export type Bulk = {
  readonly stage: 'looking' | 'ready' | 'doing' | 'done';
  /** How many runs are meant, and how many of them have been asked. */
  readonly runs: number;
  readonly asked: number;
  readonly preview: BulkReport | undefined;
  readonly outcome: BulkReport | undefined;
  readonly error: unknown;
  readonly run: (reason: string) => Promise<void>;
};

type State = Omit<Bulk, 'run' | 'runs'> & { readonly runs: readonly string[] };

const start: State = {
  stage: 'looking',
  runs: [],
  asked: 0,
  preview: undefined,
  outcome: undefined,
  error: undefined,
};

/** One bulk command from the look at what it would do to its outcome. The runs are those of the look. */
export function useBulk(kind: BulkKind, target: BulkTarget): Bulk {
  const [state, setState] = useState<State>(start);
  const frozen = useRef(target);

  useEffect(() => {
    let isOver = false;
    const tell = (told: Partial<State>): void => {
      if (!isOver) setState((before) => ({ ...before, ...told }));
    };
    const look = async (): Promise<void> => {
      const runs = await targetRuns(frozen.current);
      tell({ stage: 'ready', runs, preview: await askMany({ runs, kind, dryRun: true }) });
    };
    look().catch((error: unknown) => tell({ error }));

    return () => {
      isOver = true;
    };
  }, [kind]);

  const run = async (reason: string): Promise<void> => {
    setState((before) => ({ ...before, stage: 'doing', error: undefined }));
    const onProgress = (asked: number): void => setState((before) => ({ ...before, asked }));
    try {
      const outcome = await askMany({ runs: state.runs, kind, reason, dryRun: false, onProgress });
      setState((before) => ({ ...before, stage: 'done', outcome }));
    } catch (error) {
      setState((before) => ({ ...before, stage: 'ready', error }));
    }
  };

  return { ...state, runs: state.runs.length, run };
}
