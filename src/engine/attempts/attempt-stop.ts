/** Tells an attempt to stop. Most attempts never ask for the signal, so it is made when one does. */
export type AttemptStop = {
  readonly isTold: () => boolean;
  readonly tell: (reason: Error) => void;
  readonly signal: () => AbortSignal;
};

export function createAttemptStop(onTold: () => void): AttemptStop {
  let controller: AbortController | undefined;
  let told: Error | undefined;

  return {
    isTold: () => told !== undefined,
    tell: (reason) => {
      told = reason;
      controller?.abort(reason);
      onTold();
    },
    signal: () => {
      controller ??= new AbortController();
      if (told !== undefined) controller.abort(told);

      return controller.signal;
    },
  };
}
