const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/**
 * The checksum of zip files. Bytes that come in pieces are chained: `crc32(b, crc32(a))`.
 *
 * Source: ISO 3309; PKWARE's APPNOTE.TXT 6.3.10, section 4.4.7.
 *
 * @example
 * crc32(new TextEncoder().encode("123456789")).toString(16) // "cbf43926"
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
