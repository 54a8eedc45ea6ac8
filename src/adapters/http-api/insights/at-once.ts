/** What each value comes to, in their order, while no more than so many are worked on at a time. */
export async function mapAtOnce<Value, Result>(
  values: readonly Value[],
  atOnceMax: number,
  map: (value: Value) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = values.entries();
  const work = async (): Promise<void> => {
    for (const [index, value] of left) results[index] = await map(value);
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, values.length) }, work));

  return results;
}
