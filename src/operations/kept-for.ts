/** Something that is made once for the ports of a process, such as a cache, and kept as long as they are. */
export function keptFor<Ports extends object, Kept>(make: (ports: Ports) => Kept): (ports: Ports) => Kept {
  const known = new WeakMap<Ports, Kept>();

  return (ports) => {
    const kept = known.get(ports) ?? make(ports);
    known.set(ports, kept);

    return kept;
  };
}
