import { type ComponentType, type ReactNode, useEffect, useState } from 'react';

/** A component whose program comes later. `known` is set once it came, and is the same for all who show it. */
export type LatePart<Props> = {
  readonly load: () => Promise<ComponentType<Props>>;
  known?: ComponentType<Props>;
};

type PartProps<Props> = {
  readonly part: LatePart<Props>;
  readonly props: Props;
  /** Stands in its place while it is loaded. */
  readonly loading: ReactNode;
};

/**
 * Loads a component when it is first shown. What goes wrong is thrown to the boundary around it. Unlike with `lazy` of
 * React nothing is held back: where that has said that it loads, what has come is shown 300 ms later at the earliest,
 * and asks for its data no sooner.
 */
export function LoadedPart<Props extends object>({ part, props, loading }: PartProps<Props>) {
  const [Loaded, setLoaded] = useState(() => part.known);
  const [failure, setFailure] = useState<{ readonly error: unknown }>();
  useEffect(() => {
    if (Loaded !== undefined) return;
    part.load().then(
      (component) => {
        part.known = component;
        setLoaded(() => component);
      },
      (error: unknown) => setFailure({ error }),
    );
  }, [part, Loaded]);
  if (failure !== undefined) throw failure.error;

  return Loaded === undefined ? loading : <Loaded {...props} />;
}
