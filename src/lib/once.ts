/** Shares one attempt at making a value among all who ask for the same key meanwhile. Nothing is kept afterwards. */
export function oncePerKey<Key, T>(make: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const pending = new Map<Key, Promise<T>>();

  return (key) => {
    const known = pending.get(key) ?? make(key).finally(() => pending.delete(key));
    pending.set(key, known);

    return known;
  };
}

/** Shares one attempt at making a value among all who ask meanwhile. */
export function onceAtATime<T>(make: () => Promise<T>): () => Promise<T> {
  const once = oncePerKey((_: undefined) => make());

  return () => once(undefined);
}

/** Makes a value when it is first asked for. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;

  return () => {
    made ??= { value: make() };

    return made.value;
  };
}

/** Many ask at once: those who come while an answer is on its way share the next, newer than their question. */
export function onceForLater<T>(get: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  function begin(): Promise<T> {
    const begun = get();
    current = begun;
    const over = (): void => {
      if (current === begun) current = undefined;
    };
    begun.then(over, over);

    return begun;
  }

  return () => {
    if (current === undefined) return begin();
    next ??= current.then(again, again);

    return next;
  };

  function again(): Promise<T> {
    next = undefined;

    return begin();
  }
}
