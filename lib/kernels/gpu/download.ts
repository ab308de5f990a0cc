/// <reference types="@webgpu/types" />
/** From a GPU to the host. */
import type { Context } from "./context.ts";

/** What a buffer for reading holds at most, unless a single range is longer. */
const READER_BYTES = 2 ** 26;
/** Ranges that are no further apart are copied as one. */
const NEAR_BYTES = 256;

export interface Range {
  buffer: GPUBuffer;
  at: number;
  bytes: number;
}

interface Copy extends Range {
  /** The reader, by number, and where in it the copy starts. */
  reader: number;
  to: number;
}

/**
 * Hands the numbers in these ranges to `use`, all of the moment of this call; they are gone when it
 * returns. Throws, and hands nothing over, if the GPU is lost on the way.
 */
export async function download(
  context: Context,
  ranges: readonly Range[],
  use: (numbers: Float32Array[]) => void,
): Promise<void> {
  const { copies, sizes, places } = plan(ranges);
  const { COPY_DST, MAP_READ } = GPUBufferUsage;
  const readers = sizes.map((bytes) => context.take(bytes, COPY_DST | MAP_READ));
  const encoder = context.device.createCommandEncoder();
  for (const { buffer, at, bytes, reader, to } of copies) {
    encoder.copyBufferToBuffer(buffer, at, readers[reader]!, to, bytes);
  }
  context.device.queue.submit([encoder.finish()]);
  try {
    await Promise.all(readers.map((reader, i) => reader.mapAsync(GPUMapMode.READ, 0, sizes[i])));
  } catch (cause) {
    throw await context.reason(cause);
  }
  context.check();
  const mapped = readers.map((reader, i) => reader.getMappedRange(0, sizes[i]));
  use(
    ranges.map(({ bytes }, i) => {
      const { reader, to } = places[i]!;
      return new Float32Array(mapped[reader]!, to, bytes / 4);
    }),
  );
  for (const reader of readers) {
    reader.unmap();
    context.giveBack(reader);
  }
}

/** Few copies into few readers: neighbours in a buffer stay neighbours. */
function plan(ranges: readonly Range[]) {
  const copies: Copy[] = [];
  const sizes: number[] = [];
  const places: { reader: number; to: number }[] = [];
  const buffers = [...new Set(ranges.map(({ buffer }) => buffer))];
  const numbered = ranges.map((range, i) => ({ ...range, i, b: buffers.indexOf(range.buffer) }));
  numbered.sort((x, y) => x.b - y.b || x.at - y.at);
  for (const { buffer, at, bytes, i } of numbered) {
    const last = copies.at(-1);
    const gap = last?.buffer === buffer ? at - last.at - last.bytes : Infinity;
    const used = sizes.at(-1) ?? Infinity;
    const fits = used + Math.min(gap, NEAR_BYTES) + bytes <= READER_BYTES;
    if (!fits) sizes.push(0);
    if (last !== undefined && fits && gap >= 0 && gap < NEAR_BYTES) last.bytes += gap + bytes;
    else copies.push({ buffer, at, bytes, reader: sizes.length - 1, to: sizes.at(-1)! });
    const copy = copies.at(-1)!;
    places[i] = { reader: copy.reader, to: copy.to + at - copy.at };
    sizes[copy.reader] = copy.to + copy.bytes;
  }
  return { copies, sizes, places };
}
