import { z } from 'zod';

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A number of bytes, or text such as `10MB` (powers of 1000) or `10MiB` (powers of 1024). */
export const ByteSize = z.union([z.int().min(0), z.string().transform(parseBytes)], {
  error: 'expected a number of bytes, or text such as "10MB" or "512KiB"',
});

function parseBytes(text: string, context: z.RefinementCtx<string>): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]i?B|B)$/.exec(text.trim()) ?? [];
  const factor = unit === undefined ? undefined : units[unit];
  if (amount !== undefined && factor !== undefined) return Math.floor(Number(amount) * factor);

  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no size; write "10MB" or "512KiB"`,
  });
  return z.NEVER;
}
