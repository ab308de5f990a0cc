/** Memory of WebAssembly, which ends at 4 GiB. */

export const PAGE_BYTES = 65536;
export const MOST_PAGES = 65536;
export const MOST_BYTES = PAGE_BYTES * MOST_PAGES;

/** Lets a memory grow to so many bytes, and says what to do where it cannot. */
export function growTo(memory: WebAssembly.Memory, bytes: number, remedy: string): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
  if (missing <= 0) return;
  try {
    memory.grow(missing);
  } catch (cause) {
    const limit = bytes > MOST_BYTES ? `WebAssembly has ${MOST_BYTES}` : "the system has no more";
    throw new RangeError(`memory: ${bytes} bytes are needed, ${limit}. ${remedy}`, { cause });
  }
}
